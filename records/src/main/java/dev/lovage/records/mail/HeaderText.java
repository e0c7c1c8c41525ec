package dev.lovage.records.mail;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/// Decodes what stands in header fields: raw 8-bit bytes and encoded words, also words that split a character.
///
/// @see <a href="https://www.rfc-editor.org/rfc/rfc2047">RFC 2047</a>
final class HeaderText {
    private static final int CHARSET_LABEL_MAX = 64;

    /// Looking for an unknown charset is slow, so a field with this many faults is decoded no further.
    private static final int BROKEN_WORDS_MAX = 50;

    private HeaderText() {}

    /// The value of a raw field, unfolded, its bytes decoded, its encoded words left as they are.
    static String unfolded(byte[] bytes, Repairs repairs) {
        if (!TextDecoding.isAscii(bytes)) {
            repairs.count(MailWarning.Code.HEADER_RAW_8BIT);
        }
        var text = TextDecoding.undeclared(bytes).text();
        var unfolded = new StringBuilder(text.length());
        for (var i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            if (c == '\0') {
                continue;
            }
            if (c != '\r' && c != '\n') {
                unfolded.append(c);
            }
        }
        return unfolded.toString().strip();
    }

    /// Replaces the encoded words of `text`; what is no encoded word stays as it is.
    static String decoded(String text, Repairs repairs) {
        if (!text.contains("=?")) {
            return text;
        }
        var result = new StringBuilder(text.length());
        var pending = new ByteArrayOutputStream();
        var pendingCharset = Optional.<Charset>empty();
        var position = 0;
        var broken = 0;
        while (position < text.length()) {
            var start = text.indexOf("=?", position);
            var word = start < 0 ? Optional.<Word>empty() : Word.at(text, start);
            if (start >= 0 && word.isEmpty()) {
                repairs.count(MailWarning.Code.ENCODED_WORD_BROKEN);
                if (++broken > BROKEN_WORDS_MAX || text.indexOf("?=", start + 2) < 0) {
                    start = -1;
                }
            }
            if (start < 0) {
                flush(pending, pendingCharset, result);
                result.append(text, position, text.length());
                break;
            }
            var between = text.substring(position, start);
            var joined = word.isPresent() && pendingCharset.isPresent() && between.isBlank();
            if (!joined || !pendingCharset.equals(Optional.of(word.get().charset()))) {
                flush(pending, pendingCharset, result);
                pendingCharset = Optional.empty();
            }
            if (!joined) {
                result.append(between);
            }
            if (word.isPresent()) {
                pending.writeBytes(word.get().bytes());
                pendingCharset = Optional.of(word.get().charset());
                position = word.get().end();
            } else {
                result.append("=?");
                position = start + 2;
            }
        }
        flush(pending, pendingCharset, result);
        return result.toString();
    }

    private static void flush(ByteArrayOutputStream pending, Optional<Charset> charset, StringBuilder result) {
        if (pending.size() > 0) {
            result.append(TextDecoding.lenient(pending.toByteArray(), charset.orElse(StandardCharsets.UTF_8)));
            pending.reset();
        }
    }

    /// Decodes Base64 whatever stands between its characters, and however it ends.
    static byte[] base64(String text) {
        var clean = new StringBuilder(text.length());
        for (var i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            if (c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/') {
                clean.append(c);
            }
        }
        if (clean.length() % 4 == 1) {
            clean.setLength(clean.length() - 1);
        }
        return Base64.getDecoder().decode(clean.toString());
    }

    /// Decodes `=XX` (or `%XX`) escapes; an escape that is none stays as it is.
    static byte[] escaped(String text, char escape, boolean underscoreIsSpace) {
        var bytes = new ByteArrayOutputStream(text.length());
        var raw = text.getBytes(StandardCharsets.UTF_8);
        for (var i = 0; i < raw.length; i++) {
            var high = i + 2 < raw.length ? Character.digit(raw[i + 1], 16) : -1;
            var low = i + 2 < raw.length ? Character.digit(raw[i + 2], 16) : -1;
            if (raw[i] == escape && high >= 0 && low >= 0) {
                bytes.write(high << 4 | low);
                i += 2;
            } else {
                bytes.write(underscoreIsSpace && raw[i] == '_' ? ' ' : raw[i]);
            }
        }
        return bytes.toByteArray();
    }

    /// One encoded word.
    ///
    /// @param end index after it
    private record Word(Charset charset, byte[] bytes, int end) {
        static Optional<Word> at(String text, int start) {
            var labelEnd = text.indexOf('?', start + 2);
            if (labelEnd < 0 || labelEnd - start > CHARSET_LABEL_MAX || labelEnd + 2 >= text.length()) {
                return Optional.empty();
            }
            var encoding = Character.toLowerCase(text.charAt(labelEnd + 1));
            var charset = TextDecoding.charset(text.substring(start + 2, labelEnd));
            if (text.charAt(labelEnd + 2) != '?' || charset.isEmpty() || encoding != 'q' && encoding != 'b') {
                return Optional.empty();
            }
            var end = text.indexOf("?=", labelEnd + 3);
            if (end < 0) {
                return Optional.empty();
            }
            var content = text.substring(labelEnd + 3, end);
            var bytes = encoding == 'b' ? base64(content) : escaped(content, '=', true);
            return Optional.of(new Word(charset.get(), bytes, end + 2));
        }
    }
}
