package dev.lovage.records.channel;

/// One reason why an input was not accepted.
///
/// @param field a JSON pointer (empty for the whole document), or a column name (empty for the whole row)
/// @param message found, expected, what to do: a sentence for the sender, without the personal data itself
public record Violation(String field, Code code, String message) {
    /// Stable codes for machines. New ones are added; none changes its meaning.
    public enum Code {
        /// The body is no JSON, or has a name twice.
        E_JSON,
        /// A value has another type than its field.
        E_TYPE,
        /// A field that must be there is missing or blank.
        E_REQUIRED,
        /// A text or file is longer than its field allows.
        E_LENGTH,
        /// A text holds NUL or half a character.
        E_CHARACTER,
        /// This is no e-mail address.
        E_EMAIL,
        /// This is no amount of money.
        E_AMOUNT,
        /// The value is not among those that the field knows.
        E_ENUM,
        /// The content of a file is not base64.
        E_BASE64,
        /// Our own JSON has no such field.
        E_UNKNOWN_FIELD,
        /// The bytes are not text in the encoding that was declared or found.
        E_ENCODING,
        /// A quotation mark is opened and never closed.
        E_UNCLOSED_QUOTE,
        /// Text follows a closing quotation mark.
        E_QUOTE,
        /// A row has more or fewer fields than the header.
        E_FIELD_COUNT,
        /// The header names no column that is known, or one column twice.
        E_HEADER,
        /// There is no such component.
        E_COMPONENT_UNKNOWN,
        /// An earlier row of the file has the same external id.
        E_DUP_IN_FILE,
        /// The upload has more rows or bytes than are allowed.
        E_LIMIT
    }
}
