package dev.lovage.engine.process;

import dev.lovage.engine.json.Json;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/// What a worker and its child say to each other: four bytes that are always the same, four bytes of length,
/// and a JSON object of that length.
final class Frames {
    private static final int MARK = 0x4C_76_47_31;
    private static final int HEADER_BYTES = 8;

    private Frames() {}

    /// Something that is no frame. Whatever follows it can't be understood either.
    static final class Garbage extends Exception {
        Garbage(String message) {
            super(message);
        }
    }

    static byte[] bytes(ObjectNode frame) {
        return Json.bytes(frame);
    }

    /// In one call, so that what two threads write does not mix.
    static void write(OutputStream out, byte[] json) throws IOException {
        var frame = ByteBuffer.allocate(HEADER_BYTES + json.length)
                .putInt(MARK)
                .putInt(json.length)
                .put(json);
        out.write(frame.array());
        out.flush();
    }

    /// @param bytesMax a longer frame is garbage
    /// @return empty at the end of the stream
    static Optional<ObjectNode> read(InputStream stream, int bytesMax) throws IOException, Garbage {
        var in = new DataInputStream(stream);
        var header = in.readNBytes(HEADER_BYTES);
        if (header.length == 0) {
            return Optional.empty();
        }
        if (header.length < HEADER_BYTES) {
            throw new EOFException("The stream ended within a frame's header.");
        }
        var numbers = ByteBuffer.wrap(header);
        if (numbers.getInt() != MARK) {
            throw new Garbage("there were bytes on the pipe that are no frame");
        }
        var length = numbers.getInt();
        if (length < 0 || length > bytesMax) {
            throw new Garbage("there was a frame of " + length + " bytes, and at most " + bytesMax + " are allowed");
        }
        var json = in.readNBytes(length);
        if (json.length < length) {
            throw new EOFException("The stream ended within a frame.");
        }
        try {
            if (Json.read(json) instanceof ObjectNode frame) {
                return Optional.of(frame);
            }
        } catch (JacksonException e) {
            throw new Garbage("there was a frame that is not JSON");
        }
        throw new Garbage("there was a frame that is no JSON object");
    }
}
