package dev.lovage.archive.bag;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.util.Optional;

/// The lines of a tag file, one by one. They end with LF, CR or CRLF.
final class TagLines implements AutoCloseable {
    private final String file;
    private final BufferedReader text;
    private final int lineCharactersMax;
    private boolean afterReturn;
    private long number;

    /// @param file its name in the bag
    TagLines(String file, InputStream bytes, Charset charset, int lineCharactersMax) {
        this.file = file;
        this.text = new BufferedReader(new InputStreamReader(
                bytes,
                charset.newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT)));
        this.lineCharactersMax = lineCharactersMax;
    }

    /// The number of the line that was read last, from 1.
    long number() {
        return number;
    }

    /// @throws java.nio.charset.CharacterCodingException if the file is not in its encoding
    /// @throws BagTooLarge if the line is too long
    Optional<String> next() throws IOException {
        var line = new StringBuilder();
        int c = text.read();
        if (c == '\n' && afterReturn) {
            c = text.read();
        }
        afterReturn = false;
        if (c < 0) {
            return Optional.empty();
        }
        number++;
        while (c >= 0 && c != '\n' && c != '\r') {
            if (line.length() == lineCharactersMax) {
                throw new BagTooLarge(
                        file,
                        "Line " + number + " of " + file + " has more than " + lineCharactersMax
                                + " characters. The verification ended there.");
            }
            line.append((char) c);
            c = text.read();
        }
        afterReturn = c == '\r';
        return Optional.of(line.toString());
    }

    @Override
    public void close() throws IOException {
        text.close();
    }
}
