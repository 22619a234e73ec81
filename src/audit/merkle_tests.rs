use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use sha2::Sha256;

use super::*;

/// Every size up to here is compared, with every index and every earlier size.
const SIZES: usize = 70;

fn lines() -> Vec<Vec<u8>> {
    (0..SIZES).map(|i| format!("line {i}").into_bytes()).collect()
}

/// The other implementation's tree over the same lines.
fn theirs(lines: &[Vec<u8>]) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    for line in lines {
        tree.push(line.clone());
    }
    tree
}

fn leaves(lines: &[Vec<u8>]) -> Vec<Hash> {
    lines.iter().map(|line| leaf_hash(line)).collect()
}

fn flat(proof: &[Hash]) -> Vec<u8> {
    proof.concat()
}

#[test]
fn roots_and_proofs_are_those_of_another_implementation() {
    let lines = lines();
    let all = leaves(&lines);
    for n in 1..=SIZES {
        let tree = theirs(&lines[..n]);
        let ours = root(&all[..n]);
        assert_eq!(ours.as_slice(), tree.root().as_bytes().as_slice(), "root of {n}");
        for i in 0..n {
            let proof = inclusion_proof(&all[..n], i).unwrap();
            assert_eq!(flat(&proof), tree.prove_inclusion(i).as_bytes(), "inclusion {i} of {n}");
            let size = u64::try_from(n).unwrap();
            assert_eq!(verify_inclusion(all[i], u64::try_from(i).unwrap(), size, &proof, &ours), Ok(()));
            let proof = InclusionProof::<Sha256>::from_bytes(flat(&proof));
            tree.root().verify_inclusion(&lines[i], u64::try_from(i).unwrap(), &proof).unwrap();
        }
        for m in 1..=n {
            let proof = consistency_proof(&all[..n], m).unwrap();
            assert_eq!(flat(&proof), tree.prove_consistency(n - m).as_bytes(), "consistency {m} to {n}");
            let (old, new) = (u64::try_from(m).unwrap(), u64::try_from(n).unwrap());
            assert_eq!(verify_consistency((old, &root(&all[..m])), (new, &ours), &proof), Ok(()), "{m} to {n}");
            let old_root = RootHash::<Sha256>::new(root(&all[..m]).into(), old);
            let proof = ConsistencyProof::try_from_bytes(flat(&proof)).unwrap();
            tree.root().verify_consistency(&old_root, &proof).unwrap();
        }
    }
}

#[test]
fn every_change_of_a_proof_is_found() {
    let all = leaves(&lines());
    for (m, n) in [(1, 2), (3, 7), (4, 8), (6, 7), (33, 70), (64, 70), (69, 70)] {
        let (old, new) = (root(&all[..m]), root(&all[..n]));
        let sizes = (u64::try_from(m).unwrap(), u64::try_from(n).unwrap());
        let proof = consistency_proof(&all[..n], m).unwrap();
        let check = |proof: &[Hash]| verify_consistency((sizes.0, &old), (sizes.1, &new), proof);
        assert_eq!(check(&proof), Ok(()));
        for i in 0..proof.len() {
            let mut other = proof.clone();
            other[i][31] ^= 1;
            assert_eq!(check(&other), Err(ProofError::Root), "{m} to {n}, hash {i}");
            assert!(check(&proof[..i]).is_err());
        }
        assert!(check(&[proof.clone(), vec![[0; 32]]].concat()).is_err());
        assert!(verify_consistency((sizes.0, &new), (sizes.1, &new), &proof).is_err());
        let index = sizes.0 - 1;
        let path = inclusion_proof(&all[..n], m - 1).unwrap();
        assert_eq!(verify_inclusion(all[m - 1], index, sizes.1, &path, &new), Ok(()));
        assert!(verify_inclusion(all[m - 1], index + 1, sizes.1, &path, &new).is_err());
        assert!(verify_inclusion(all[m], index, sizes.1, &path, &new).is_err());
        assert!(verify_inclusion(all[m - 1], index, sizes.1, &[path, vec![[0; 32]]].concat(), &new).is_err());
    }
}

#[test]
fn a_question_outside_the_tree_has_no_proof() {
    let all = leaves(&lines()[..4]);
    assert_eq!(inclusion_proof(&all, 4), Err(ProofError::Range));
    assert_eq!(consistency_proof(&all, 0), Err(ProofError::Range));
    assert_eq!(consistency_proof(&all, 5), Err(ProofError::Range));
    let root = root(&all);
    assert_eq!(verify_inclusion(all[0], 0, 0, &[], &root), Err(ProofError::Range));
    assert_eq!(verify_consistency((0, &root), (4, &root), &[]), Err(ProofError::Range));
    assert_eq!(verify_consistency((5, &root), (4, &root), &[]), Err(ProofError::Range));
    assert_eq!(verify_consistency((4, &root), (4, &root), &[]), Ok(()));
    assert_eq!(verify_consistency((4, &root), (4, &[0; 32]), &[]), Err(ProofError::Root));
}

/// RFC 9162 section 2.1.1: the root of the empty tree is the hash of the empty string.
#[test]
fn the_empty_tree_has_its_root() {
    assert_eq!(root(&[]), sha256(b""));
}

#[test]
fn a_frontier_survives_its_file_form() {
    let mut frontier = Frontier::new();
    for leaf in leaves(&lines()) {
        let text = serde_json::to_string(&frontier.to_file()).unwrap();
        assert_eq!(Frontier::from_file(&serde_json::from_str(&text).unwrap()), Some(frontier.clone()));
        frontier.push(leaf);
    }
    let mut file = frontier.to_file();
    file.size += 1;
    assert_eq!(Frontier::from_file(&file), None);
}

proptest::proptest! {
    #[test]
    fn no_proof_makes_the_checks_panic(
        a: u64, b: u64, proof in proptest::collection::vec(proptest::array::uniform32(0_u8..), 0..70)
    ) {
        let _ = verify_inclusion([0; 32], a, b, &proof, &[0; 32]);
        let _ = verify_consistency((a, &[0; 32]), (b, &[1; 32]), &proof);
    }
}
