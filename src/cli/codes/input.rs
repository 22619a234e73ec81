//! Exit code 7: files that came from outside.

super::codes! { 7;
    INPUT_UNREADABLE = 1, "an input file cannot be read",
        "The file does not exist, may not be read, or is a folder, a pipe or a device. Input is read from regular files and, where `-` is taken, from standard input.",
        "Check the path. Save the output of another command in a file first.";
    INPUT_TOO_LARGE = 2, "an input file is too large",
        "The file is larger than anything of its kind can be. It was not read further.",
        "Check that it is the right file.";
}
