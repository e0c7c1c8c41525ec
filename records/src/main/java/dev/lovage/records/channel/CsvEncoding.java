package dev.lovage.records.channel;

import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;

/// How the bytes of an upload become text.
///
/// @param charset the encoding
/// @param markLength how many bytes the byte order mark takes, which are no text
record CsvEncoding(Charset charset, int markLength) {

    /// What the byte order mark says, else the declaration, else what the first bytes look like.
    static CsvEncoding of(byte[] upload, Optional<Charset> declared) {
        int head = 0;
        for (int i = 0; i < 4; i++) {
            head = head << 8 | (i < upload.length ? upload[i] & 0xFF : 0x01);
        }
        if (head == 0x0000FEFF) {
            return new CsvEncoding(StandardCharsets.UTF_32BE, 4);
        }
        if (head == 0xFFFE0000) {
            return new CsvEncoding(StandardCharsets.UTF_32LE, 4);
        }
        if (head >>> 8 == 0xEFBBBF) {
            return new CsvEncoding(StandardCharsets.UTF_8, 3);
        }
        if (head >>> 16 == 0xFEFF) {
            return new CsvEncoding(StandardCharsets.UTF_16BE, 2);
        }
        if (head >>> 16 == 0xFFFE) {
            return new CsvEncoding(StandardCharsets.UTF_16LE, 2);
        }
        return new CsvEncoding(declared.orElseGet(() -> guessed(upload)), 0);
    }

    private static Charset guessed(byte[] upload) {
        if (upload.length < 4) {
            return StandardCharsets.UTF_8;
        }
        boolean evenZero = upload[0] == 0 && upload[2] == 0;
        boolean oddZero = upload[1] == 0 && upload[3] == 0;
        if (evenZero == oddZero) {
            return StandardCharsets.UTF_8;
        }
        return evenZero ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_16LE;
    }

    /// The line of the first bytes that are no text in this encoding; empty if all are.
    OptionalLong firstBrokenLine(byte[] upload) {
        var decoder = charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(upload, markLength, upload.length - markLength);
        CharBuffer out = CharBuffer.allocate(8192);
        long line = 1;
        CoderResult result;
        do {
            result = decoder.decode(in, out, true);
            line += out.flip().chars().filter(c -> c == '\n').count();
            out.clear();
        } while (result.isOverflow());
        return result.isError() ? OptionalLong.of(line) : OptionalLong.empty();
    }

    Reader reader(byte[] upload) {
        return new InputStreamReader(new ByteArrayInputStream(upload, markLength, upload.length - markLength), charset);
    }
}
