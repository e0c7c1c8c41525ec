package dev.lovage.records.mail;

import java.util.ArrayList;
import java.util.List;
import org.apache.james.mime4j.MimeException;
import org.apache.james.mime4j.stream.DefaultFieldBuilder;
import org.apache.james.mime4j.stream.FieldBuilder;
import org.apache.james.mime4j.stream.RawField;
import org.apache.james.mime4j.util.ByteArrayBuffer;
import org.apache.james.mime4j.util.RecycledByteArrayBuffer;

/// Builds mime4j's fields and keeps the header lines that are none, which mime4j would drop.
final class MalformedLines implements FieldBuilder {
    private final FieldBuilder fields;
    private List<byte[]> lines = new ArrayList<>();

    MalformedLines(int fieldBytesMax) {
        this.fields = new DefaultFieldBuilder(fieldBytesMax);
    }

    /// The lines found since the last call, in order.
    List<byte[]> take() {
        var taken = lines;
        lines = new ArrayList<>();
        return taken;
    }

    @Override
    public RawField build() throws MimeException {
        try {
            return fields.build();
        } catch (MimeException malformed) {
            lines.add(fields.getRaw().toByteArray());
            throw malformed;
        }
    }

    @Override
    public void reset() {
        fields.reset();
    }

    @Override
    public void append(ByteArrayBuffer line) throws MimeException {
        fields.append(line);
    }

    @Override
    public RecycledByteArrayBuffer getRaw() {
        return fields.getRaw();
    }

    @Override
    public void release() {
        fields.release();
    }
}
