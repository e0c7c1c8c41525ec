package dev.lovage.records.mail;

/// A fault of a message that was repaired or that a person should know of.
///
/// @param count how often it occurred, 1 or more
public record MailWarning(Code code, int count) {
    /// What was found.
    public enum Code {
        CR_ONLY_LINE_ENDS,
        LF_ONLY_LINE_ENDS,
        HEADER_LINE_MALFORMED,
        HEADER_CONTINUED_WITHOUT_SPACE,
        HEADER_RAW_8BIT,
        ENCODED_WORD_BROKEN,
        CONTENT_TYPE_REPEATED,
        PARAMETER_MALFORMED,
        NAME_AND_FILENAME_DIFFER,
        FILE_NAME_UNSAFE,
        FILE_NAME_REPEATED,
        ATTACHMENT_EMPTY,
        TRANSFER_ENCODING_UNKNOWN,
        BODY_ENCODING_BROKEN,
        BOUNDARY_MISSING,
        MULTIPART_UNFINISHED,
        CHARSET_UNKNOWN,
        CHARSET_WRONG,
        TEXT_UNDECODABLE,
        TEXT_TRUNCATED,
        TEXT_ABSENT,
        FROM_ABSENT,
        FROM_SEVERAL,
        TNEF,
        UUENCODE_IN_TEXT,
        YENC_IN_TEXT
    }
}
