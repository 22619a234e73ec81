//! What `import.sh` leaves beside a bundle, so that nothing is imported twice, and nothing passes for imported.

use std::fs;
use std::os::unix::fs::symlink;

use crate::{ADD, Scene, TOOLS, destination, package_after, words};

/// The second version of a key that is at its first one.
fn scene() -> Scene {
    let scene = Scene::new(&["bao"], &TOOLS);
    scene.put(&package_after("kek@2", Some(1), &destination(None, None).unwrap()));
    scene
}

/// The exit code, what was said, and how often it was imported.
fn run(scene: &Scene, more: &[(&str, &str)]) -> (Option<i32>, String, usize) {
    let output = scene.run_with(&[&[("STUB_HAS_KEY", "1")], more].concat());
    let adds = scene.calls().iter().filter(|call| **call == words(ADD)).count();
    (output.status.code(), String::from_utf8(output.stderr).unwrap(), adds)
}

/// A new bundle at an old path was not imported with the old one.
#[test]
fn a_mark_belongs_to_a_bundle() {
    for mark in ["imported", "importing"] {
        let scene = scene();
        fs::write(scene.mark(mark), format!("{} version 7\n", "0a".repeat(32))).unwrap();
        let (code, told, adds) = run(&scene, &[]);
        assert_eq!((code, adds), (Some(0), 1), "{told}");
        assert!(told.contains(&format!(".{mark} is another bundle's, and is passed over\n")), "{told}");
        assert_eq!(fs::read_to_string(scene.mark("imported")).unwrap(), scene.marked("version 2"));
        assert!(!scene.mark("importing").exists());
    }
}

/// What a power failure leaves of a file, or nobody knows who wrote, is no answer.
#[test]
fn a_broken_mark_is_for_people_to_judge() {
    for mark in ["imported", "importing"] {
        for content in ["", "\n", "version 1", "version 1\n"] {
            let scene = scene();
            fs::write(scene.mark(mark), content).unwrap();
            let (code, told, adds) = run(&scene, &[]);
            assert_eq!((code, adds), (Some(3), 0), "{content:?}: {told}");
            assert!(told.contains(&format!(".{mark} is broken")), "{told}");
        }
        let scene = scene();
        fs::create_dir(scene.mark(mark)).unwrap();
        assert_eq!(run(&scene, &[]).0, Some(3));
    }
    // The end of the line is missing, and nothing else.
    let scene = scene();
    fs::write(scene.mark("imported"), scene.marked("version 2").trim_end()).unwrap();
    let (code, told, adds) = run(&scene, &[]);
    assert!((code, adds) == (Some(0), 0) && told.contains("imported already (version 2)"), "{told}");
}

/// A full disk is known before the import; afterwards it is said that there was one.
#[test]
fn a_mark_that_cannot_be_written_ends_the_script() {
    for (mark, imported) in [("importing", 0), ("imported", 1)] {
        let scene = scene();
        symlink("/dev/full", scene.mark(&format!("{mark}.part"))).unwrap();
        let (code, told, adds) = run(&scene, &[]);
        assert_eq!((code, adds), (Some(3), imported), "{told}");
        let wanted = ["; nothing was done\n", "; but it was imported (version 2): do not run this again\n"][imported];
        assert!(told.contains(&format!(".{mark} cannot be written{wanted}")), "{told}");
        assert!(!scene.mark("lock").exists());
    }
}

/// Of two runs at once one imports.
#[test]
fn two_runs_at_once_import_once() {
    let scene = scene();
    let script = scene.bundle.join("import.sh");
    let more = [("STUB_DURING", "import_version"), ("STUB_SCRIPT", script.to_str().unwrap())];
    let (code, told, adds) = run(&scene, &more);
    assert_eq!((code, adds), (Some(0), 1), "{told}");
    let second = |name: &str| fs::read_to_string(scene.folder.path().join(name)).unwrap();
    assert_eq!(second("record.code"), "3\n");
    let said = second("record.said");
    assert!(said.starts_with("import.sh: another run is under way; nothing was done\n"), "{said}");
    assert!(!scene.mark("lock").exists());
    // One that was killed.
    fs::create_dir(scene.mark("lock")).unwrap();
    let (code, told, adds) = run(&scene, &[]);
    assert!((code, adds) == (Some(3), 1) && told.contains("one was killed: remove the folder"), "{told}");
    assert!(scene.mark("lock").exists());
}

/// A mark is durable before anything is imported: itself, then its name.
#[test]
fn marks_outlast_a_power_failure() {
    let scene = Scene::new(&["bao", "sync"], &TOOLS);
    scene.put(&package_after("kek@2", Some(1), &destination(None, None).unwrap()));
    let (code, told, adds) = run(&scene, &[]);
    assert_eq!((code, adds), (Some(0), 1), "{told}");
    let calls: Vec<(String, bool)> =
        scene.calls().iter().map(|call| (call[0].clone(), call[1].strip_suffix(".part").is_some())).collect();
    let (bao, part, name) = (("bao".to_owned(), false), ("sync".to_owned(), true), ("sync".to_owned(), false));
    assert_eq!(calls, [bao.clone(), part.clone(), name.clone(), bao, part, name]);
    // A sync that takes no names, or none at all, stops nothing.
    let scene = Scene::new(&["bao", "sync"], &TOOLS);
    scene.put(&package_after("kek@2", Some(1), &destination(None, None).unwrap()));
    assert_eq!(run(&scene, &[("STUB_FAILS", "sync")]).0, Some(0));
}
