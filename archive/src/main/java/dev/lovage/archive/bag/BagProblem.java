package dev.lovage.archive.bag;

/// Something that is wrong with a bag.
///
/// @param file in the bag, as the manifest or the folder names it
/// @param message for people: what was found and what was expected
public record BagProblem(Kind kind, String file, String message) {
    public enum Kind {
        /// A manifest lists it, or a bag must have it, and it is not there.
        MISSING,
        /// It lies in the payload, and a manifest that must list it does not.
        EXTRA,
        DIGEST_DIFFERS,
        /// `bagit.txt` is missing, or does not say what it must.
        BAD_BAGIT_TXT,
        /// A tag file is not in the encoding that `bagit.txt` names.
        BAD_ENCODING,
        /// A tag file has a line that can't be understood or must not be there.
        BAD_LINE,
        /// The payload has not as many files or bytes as `bag-info.txt` says.
        OXUM_DIFFERS,
        /// `fetch.txt` says where to get it, and nobody has.
        FETCH_INCOMPLETE,
        /// A path leads out of the bag, or what lies there is no ordinary file. It was not read.
        UNSAFE_PATH,
        /// A file is listed twice.
        DUPLICATE_ENTRY,
        /// The bag lists more than this program takes. The verification ended there.
        TOO_LARGE
    }
}
