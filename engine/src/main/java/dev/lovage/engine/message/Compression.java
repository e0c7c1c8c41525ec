package dev.lovage.engine.message;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZInputStream;
import org.tukaani.xz.XZOutputStream;

/// The methods by which kombu compresses a body, under the names of its header `compression`.
///
/// zlib is the JDK's. The others are in libraries that the engine can do without: where one is missing, a
/// message that needs it is told so, and keeps its bytes.
///
/// @see <a href="https://github.com/celery/kombu/blob/main/kombu/compression.py">kombu.compression</a>
public enum Compression {
    /// kombu calls it gzip, and it is a zlib stream (RFC 1950).
    ZLIB("application/x-gzip", "the JDK", "gzip", "zlib"),
    ZSTD("application/zstd", "com.github.luben:zstd-jni", "zstd", "zstandard"),
    BZ2("application/x-bz2", "org.apache.commons:commons-compress", "bz2", "bzip2", "bzip"),
    /// kombu calls it lzma, and it is the container of xz.
    XZ("application/x-lzma", "org.tukaani:xz", "xz", "lzma");

    /// No body may expand to more.
    public static final int EXPANDED_MAX_BYTES = 4 * Message.BODY_MAX_BYTES;

    private final String header;
    private final String library;
    private final Set<String> words;

    Compression(String header, String library, String... words) {
        this.header = header;
        this.library = library;
        this.words = Set.of(words);
    }

    /// The value of the header `compression`.
    public String header() {
        return header;
    }

    /// @param name Celery's word for it (`gzip`, `zlib`, `zstd`, `bzip2`, `xz`), or the header's value
    public static Optional<Compression> named(String name) {
        var small = name.toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(one -> one.header.equals(small) || one.words.contains(small))
                .findFirst();
    }

    private InputStream expanding(InputStream packed) throws IOException {
        return switch (this) {
            case ZLIB -> new InflaterInputStream(packed);
            case ZSTD -> Zstd.expanding(packed);
            case BZ2 -> Bz2.expanding(packed);
            case XZ -> Xz.expanding(packed);
        };
    }

    private OutputStream packing(OutputStream packed) throws IOException {
        return switch (this) {
            case ZLIB -> new DeflaterOutputStream(packed);
            case ZSTD -> Zstd.packing(packed);
            case BZ2 -> Bz2.packing(packed);
            case XZ -> Xz.packing(packed);
        };
    }

    /// @throws IllegalStateException if the library is not on the class path
    public byte[] pack(byte[] body) {
        var packed = new ByteArrayOutputStream();
        try (var out = packing(packed)) {
            out.write(body);
        } catch (LinkageError e) {
            throw new IllegalStateException(missing() + " Nothing was sent.", e);
        } catch (IOException e) {
            throw new IllegalStateException("The body can't be compressed as " + header + ": " + e.getMessage(), e);
        }
        return packed.toByteArray();
    }

    /// @throws Unreadable if the bytes are not of this method, expand to more than [#EXPANDED_MAX_BYTES], or
    ///     the library is not on the class path
    byte[] expand(byte[] packed) throws Unreadable {
        try (var in = expanding(new ByteArrayInputStream(packed))) {
            var body = in.readNBytes(EXPANDED_MAX_BYTES + 1);
            if (body.length > EXPANDED_MAX_BYTES) {
                throw new Unreadable("The body of " + packed.length + " bytes expands to more than "
                        + EXPANDED_MAX_BYTES + " bytes, which is the most that is read.");
            }
            return body;
        } catch (LinkageError e) {
            throw new Unreadable(missing());
        } catch (IOException | RuntimeException e) { // of bytes that anyone may have sent, decoders throw either
            throw new Unreadable("The body is not " + header + ", as its header compression says: " + e.getMessage());
        }
    }

    private String missing() {
        return "For bodies compressed as " + header + ", " + library + " has to be on the class path, and it is not.";
    }

    // Each library has a class of its own here, so that one that is missing is missed when it is needed.

    private static final class Zstd {
        static InputStream expanding(InputStream packed) throws IOException {
            return new ZstdInputStream(packed);
        }

        static OutputStream packing(OutputStream packed) throws IOException {
            return new ZstdOutputStream(packed);
        }
    }

    private static final class Bz2 {
        static InputStream expanding(InputStream packed) throws IOException {
            return new BZip2CompressorInputStream(packed, true);
        }

        static OutputStream packing(OutputStream packed) throws IOException {
            return new BZip2CompressorOutputStream(packed);
        }
    }

    private static final class Xz {
        /// What a decoder may allocate: the strongest preset needs 65 MiB.
        private static final int KIB_MAX = 100 * 1024;

        static InputStream expanding(InputStream packed) throws IOException {
            return new XZInputStream(packed, KIB_MAX);
        }

        static OutputStream packing(OutputStream packed) throws IOException {
            return new XZOutputStream(packed, new LZMA2Options());
        }
    }
}
