package dev.lovage.archive.image;

/// One thing that is wrong or odd in the structure of an image file.
///
/// @param message what was found at which offset, what was expected, and what follows: a sentence for a person
public record Finding(Severity severity, Code code, String message) {
    /// An error makes the file unfit as a master; a warning departs from what a master should be.
    public enum Severity {
        ERROR,
        WARNING
    }

    /// Stable codes for machines. New ones are added; none changes its meaning.
    public enum Code {
        /// A directory has no entry, more than any real one, or ends behind the end of the file.
        DIRECTORY,
        /// The chain of directories returns to one that was read before.
        DIRECTORY_LOOP,
        /// The file has more directories than any real one.
        TOO_MANY_DIRECTORIES,
        /// The value of a tag lies behind the end of the file.
        VALUE_OUTSIDE,
        /// The value of a tag is larger than is read.
        VALUE_TOO_LARGE,
        /// A tag has a type that its values cannot have.
        TAG_TYPE,
        /// The tags of a directory are not in ascending order, or one is there twice.
        TAG_ORDER,
        /// A tag that every image needs is missing.
        TAG_MISSING,
        /// The image is 0 pixels wide or high.
        NO_SIZE,
        /// The file ends before the first byte of pixels. A scanner that delivered no rows leaves such a file.
        NO_PIXELS,
        /// A strip or tile reaches over the end of the file.
        TRUNCATED,
        /// A strip or tile is empty, or too short for its rows.
        SEGMENT_SHORT,
        /// There are not as many strips or tiles as the size of the image asks for.
        SEGMENT_COUNT,
        /// Two strips or tiles share bytes, or one lies over the header.
        SEGMENT_OVERLAP,
        /// Bits per sample are missing for a sample, differ among the samples, or are none that exist.
        BITS_PER_SAMPLE,
        /// The compression is unknown, or one that is out of use.
        COMPRESSION,
        /// The samples lie in planes and not pixel by pixel.
        PLANAR_CONFIGURATION,
        /// The image is to be turned or flipped before it is shown, or the tag has no such value.
        ORIENTATION,
        /// The resolution is missing.
        RESOLUTION_MISSING,
        /// The resolution is no number, or not per inch or centimetre, or differs between the axes.
        RESOLUTION,
        /// An image in colour has no ICC profile.
        PROFILE_MISSING,
        /// The ICC profile is damaged.
        PROFILE,
        /// A text is not ended by NUL, or has other characters than those of ASCII.
        TEXT,
        /// DateTime is not written as `YYYY:MM:DD HH:MM:SS`.
        DATE_TIME,
        /// The file has more than one image and its reduced copies.
        MORE_IMAGES,
        /// There was more to say than is listed.
        MORE_FINDINGS
    }
}
