package dev.lovage.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Address;
import com.rabbitmq.client.WriteListener;
import com.rabbitmq.client.impl.AMQConnection;
import com.rabbitmq.client.impl.Frame;
import com.rabbitmq.client.impl.FrameHandler;
import com.rabbitmq.client.impl.FrameHandlerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Frames whose message headers are opaque to the client library: what comes in is packed as one value of bytes
/// into a table that the library can read, and what goes out packed so is laid open. [Table] reads and writes
/// them.
final class TableFrames implements FrameHandler {
    /// The name of the one header; no header that people write is empty.
    private static final String PACKED = "";

    private static final int CONTENT_TYPE = 1 << 15;
    private static final int CONTENT_ENCODING = 1 << 14;
    private static final int HEADERS = 1 << 13;
    private static final int CONTINUED = 1;

    /// Class, weight, body size and flags.
    private static final int FLAGS_AT = 12;

    private final FrameHandler frames;

    private TableFrames(FrameHandler frames) {
        this.frames = frames;
    }

    static FrameHandlerFactory over(FrameHandlerFactory factory) {
        return (Address address, String connectionName) -> new TableFrames(factory.create(address, connectionName));
    }

    /// A table for the library, with this one in it.
    ///
    /// @param table without its length
    static Map<String, Object> packed(byte[] table) {
        return Map.of(PACKED, table);
    }

    /// What [#packed] packed.
    ///
    /// @return the table without its length; empty if there were no headers
    static byte[] unpacked(@Nullable Map<String, Object> headers) {
        return headers != null && headers.get(PACKED) instanceof byte[] table ? table : new byte[0];
    }

    /// May give null, when nothing came in time: so says the library's own.
    @Override
    @SuppressWarnings("NullAway")
    public Frame readFrame() throws IOException {
        var frame = frames.readFrame();
        return frame == null || frame.getType() != AMQP.FRAME_HEADER
                ? frame
                : new Frame(frame.getType(), frame.getChannel(), pack(frame.getPayload()));
    }

    @Override
    public void writeFrame(Frame frame) throws IOException {
        frames.writeFrame(
                frame.getType() != AMQP.FRAME_HEADER
                        ? frame
                        : new Frame(frame.getType(), frame.getChannel(), ByteBuffer.wrap(unpack(frame.getPayload()))));
    }

    private static byte[] pack(byte[] payload) {
        var at = tableAt(payload);
        if (at < 0) {
            return payload;
        }
        var length = ByteBuffer.wrap(payload).getInt(at);
        if (length < 0 || length > payload.length - at - 4) {
            return payload;
        }
        return ByteBuffer.allocate(payload.length + 6)
                .put(payload, 0, at)
                .putInt(length + 6)
                .put((byte) 0)
                .put((byte) 'x')
                .put(payload, at, payload.length - at)
                .array();
    }

    private static byte[] unpack(byte[] payload) {
        var at = tableAt(payload);
        // The table's length, the empty name, the type of bytes.
        if (at < 0 || at + 10 > payload.length || payload[at + 4] != 0 || payload[at + 5] != 'x') {
            return payload;
        }
        return ByteBuffer.allocate(payload.length - 6)
                .put(payload, 0, at)
                .put(payload, at + 6, payload.length - at - 6)
                .array();
    }

    /// @return -1 if there is none
    private static int tableAt(byte[] payload) {
        try {
            var in = ByteBuffer.wrap(payload);
            var flags = Short.toUnsignedInt(in.getShort(FLAGS_AT));
            if ((flags & HEADERS) == 0 || (flags & CONTINUED) != 0) {
                return -1;
            }
            var at = FLAGS_AT + 2;
            if ((flags & CONTENT_TYPE) != 0) {
                at += 1 + Byte.toUnsignedInt(in.get(at));
            }
            if ((flags & CONTENT_ENCODING) != 0) {
                at += 1 + Byte.toUnsignedInt(in.get(at));
            }
            return at + 4 <= payload.length ? at : -1;
        } catch (IndexOutOfBoundsException | BufferUnderflowException e) {
            return -1;
        }
    }

    @Override
    public boolean internalHearbeat() {
        return frames.internalHearbeat();
    }

    @Override
    public void setTimeout(int timeoutMs) throws SocketException {
        frames.setTimeout(timeoutMs);
    }

    @Override
    public int getTimeout() throws SocketException {
        return frames.getTimeout();
    }

    @Override
    public void sendHeader() throws IOException {
        frames.sendHeader();
    }

    @Override
    public void initialize(AMQConnection connection) {
        frames.initialize(connection);
    }

    @Override
    public void startProcessing() {
        frames.startProcessing();
    }

    @Override
    public void finishConnectionNegotiation() {
        frames.finishConnectionNegotiation();
    }

    @Override
    public void setFrameMax(int frameMax) {
        // A packed table is a little longer than what was read; only what is read is checked.
        frames.setFrameMax(frameMax);
    }

    @Override
    public void flush(WriteListener listener) throws IOException {
        frames.flush(listener);
    }

    @Override
    public void close() {
        frames.close();
    }

    @Override
    public InetAddress getLocalAddress() {
        return frames.getLocalAddress();
    }

    @Override
    public int getLocalPort() {
        return frames.getLocalPort();
    }

    @Override
    public InetAddress getAddress() {
        return frames.getAddress();
    }

    @Override
    public int getPort() {
        return frames.getPort();
    }
}
