package dev.lovage.records.mail;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Turns bytes into text when the sender's word on their charset may be missing, misspelled or wrong.
final class TextDecoding {
    private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");
    private static final Map<String, String> ALIASES = Map.ofEntries(
            Map.entry("us-askey", "us-ascii"),
            Map.entry("ascii", "us-ascii"),
            Map.entry("ansi_x3.4-1968", "us-ascii"),
            Map.entry("iso-8859-1", "windows-1252"),
            Map.entry("iso8859-1", "windows-1252"),
            Map.entry("latin1", "windows-1252"),
            Map.entry("iso-8859-9", "windows-1254"),
            Map.entry("gb2312", "gb18030"),
            Map.entry("gbk", "gb18030"),
            Map.entry("ks_c_5601-1987", "x-windows-949"),
            Map.entry("ks_c_5601", "x-windows-949"),
            Map.entry("euc-kr", "x-windows-949"),
            Map.entry("cp949", "x-windows-949"),
            Map.entry("shift_jis", "windows-31j"),
            Map.entry("shift-jis", "windows-31j"),
            Map.entry("sjis", "windows-31j"),
            Map.entry("cp932", "windows-31j"),
            Map.entry("utf8", "utf-8"),
            Map.entry("unicode-1-1-utf-8", "utf-8"));

    /// @param charset the one used
    record Decoded(String text, Charset charset) {}

    private TextDecoding() {}

    /// Decodes a body. In order: a byte-order mark, the declared charset, strict UTF-8, windows-1252. Declared
    /// ASCII with bytes above 127 counts as undeclared.
    static Decoded body(byte[] bytes, Optional<String> declared, Repairs repairs) {
        var marked = byteOrderMark(bytes);
        if (marked.isPresent()) {
            var text = lenient(bytes, marked.get());
            return new Decoded(text.startsWith("\uFEFF") ? text.substring(1) : text, marked.get());
        }
        var charset = declared.flatMap(TextDecoding::charset);
        if (declared.isPresent() && charset.isEmpty()) {
            repairs.count(MailWarning.Code.CHARSET_UNKNOWN);
        }
        if (charset.isPresent() && (!charset.get().equals(StandardCharsets.US_ASCII) || isAscii(bytes))) {
            var text = lenient(bytes, charset.get());
            warnOfLoss(text, repairs);
            return new Decoded(text, charset.get());
        }
        if (charset.isPresent()) {
            repairs.count(MailWarning.Code.CHARSET_WRONG);
        }
        return undeclared(bytes);
    }

    /// Strict UTF-8, or windows-1252 when it is not that.
    static Decoded undeclared(byte[] bytes) {
        if (isAscii(bytes)) {
            return new Decoded(new String(bytes, StandardCharsets.US_ASCII), StandardCharsets.US_ASCII);
        }
        return strictUtf8(bytes)
                .map(text -> new Decoded(text, StandardCharsets.UTF_8))
                .orElseGet(() -> new Decoded(lenient(bytes, WINDOWS_1252), WINDOWS_1252));
    }

    /// The charset that a label means, seen through quotes, prefixes and junk.
    static Optional<Charset> charset(String label) {
        var name = label.strip().toLowerCase(Locale.ROOT);
        var language = name.indexOf('*');
        if (language > 0) {
            name = name.substring(0, language);
        }
        name = name.replace("charset=", "");
        var clean = new StringBuilder();
        for (var i = 0; i < name.length() && clean.length() < 60; i++) {
            var c = name.charAt(i);
            if (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || "-_.:".indexOf(c) >= 0) {
                clean.append(c);
            } else if (!clean.isEmpty()) {
                break;
            }
        }
        if (clean.isEmpty()) {
            return Optional.empty();
        }
        try {
            var found = clean.toString();
            return Optional.of(Charset.forName(ALIASES.getOrDefault(found, found)));
        } catch (IllegalCharsetNameException | UnsupportedCharsetException unknown) {
            return Optional.empty();
        }
    }

    static Optional<String> strictUtf8(byte[] bytes) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException notUtf8) {
            return Optional.empty();
        }
    }

    static String lenient(byte[] bytes, Charset charset) {
        return new String(bytes, charset);
    }

    static boolean isAscii(byte[] bytes) {
        for (var b : bytes) {
            if (b < 0) {
                return false;
            }
        }
        return true;
    }

    private static void warnOfLoss(String text, Repairs repairs) {
        var replaced = text.chars().filter(c -> c == '\uFFFD').count();
        if (replaced * 50 > text.length()) {
            repairs.count(MailWarning.Code.TEXT_UNDECODABLE);
        }
    }

    private static Optional<Charset> byteOrderMark(byte[] bytes) {
        if (bytes.length >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB && bytes[2] == (byte) 0xBF) {
            return Optional.of(StandardCharsets.UTF_8);
        }
        if (bytes.length >= 2 && bytes[0] == (byte) 0xFE && bytes[1] == (byte) 0xFF) {
            return Optional.of(StandardCharsets.UTF_16BE);
        }
        if (bytes.length >= 2 && bytes[0] == (byte) 0xFF && bytes[1] == (byte) 0xFE) {
            return Optional.of(StandardCharsets.UTF_16LE);
        }
        return Optional.empty();
    }
}
