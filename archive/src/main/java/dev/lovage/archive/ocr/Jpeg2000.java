package dev.lovage.archive.ocr;

import static org.bytedeco.leptonica.global.leptonica.L_SEVERITY_NONE;
import static org.bytedeco.leptonica.global.leptonica.lept_free;
import static org.bytedeco.leptonica.global.leptonica.pixConvertTo8;
import static org.bytedeco.leptonica.global.leptonica.pixDestroy;
import static org.bytedeco.leptonica.global.leptonica.pixGetRasterData;
import static org.bytedeco.leptonica.global.leptonica.pixReadHeaderMem;
import static org.bytedeco.leptonica.global.leptonica.pixReadMem;
import static org.bytedeco.leptonica.global.leptonica.setMsgSeverity;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.bytedeco.leptonica.PIX;

/// Decodes JPEG 2000, which Java can't, by Leptonica and OpenJPEG.
final class Jpeg2000 {
    private static final long BYTES_MAX = 1L << 30;

    private Jpeg2000() {}

    /// @throws PageUnreadable if the file is damaged or too large
    static GrayPage decode(PageImage page) throws IOException {
        if (page.index() > 0) {
            throw new PageUnreadable(
                    page.name(), "image " + page.index() + " was asked for, counted from 0, but it has 1.");
        }
        setMsgSeverity(L_SEVERITY_NONE); // it prints to the process's standard error otherwise
        try (var arena = Arena.ofConfined();
                var file = FileChannel.open(page.file(), StandardOpenOption.READ)) {
            if (file.size() > BYTES_MAX) {
                throw new PageUnreadable(page.name(), "it is a JPEG 2000 file of more than 1 GiB.");
            }
            // A copy, not a mapping: a mapped file that shrinks kills the process.
            var encoded = arena.allocate(file.size()).asByteBuffer();
            while (encoded.hasRemaining()) {
                if (file.read(encoded) < 0) {
                    throw new EOFException("The file became shorter while it was read.");
                }
            }
            checkHeader(page, encoded.flip());
            var pix = pixReadMem(encoded, encoded.limit());
            if (pix == null) {
                throw new PageUnreadable(page.name(), "its JPEG 2000 data are damaged or cut off.");
            }
            return gray(page, pix);
        }
    }

    private static void checkHeader(PageImage page, ByteBuffer encoded) {
        var size = new IntBuffer[6];
        for (int i = 0; i < size.length; i++) {
            size[i] = IntBuffer.allocate(1);
        }
        if (pixReadHeaderMem(encoded, encoded.limit(), size[0], size[1], size[2], size[3], size[4], size[5]) != 0) {
            throw new PageUnreadable(page.name(), "its JPEG 2000 header is damaged.");
        }
        GrayPage.checkSize(page.name(), size[1].get(0), size[2].get(0));
    }

    private static GrayPage gray(PageImage page, PIX pix) {
        var eight = pixConvertTo8(pix, 0);
        pixDestroy(pix);
        if (eight == null) {
            throw new PageUnreadable(page.name(), "its colours can't be turned into gray.");
        }
        try (var size = new SizeTPointer(1);
                var data = new BytePointer()) {
            if (pixGetRasterData(eight, data, size) != 0) {
                throw new PageUnreadable(page.name(), "its pixels can't be taken out of the image.");
            }
            try {
                var decoded = GrayPage.blank(eight.w(), eight.h(), GrayPage.credible(eight.yres()));
                decoded.pixels().put(0, data.capacity(size.get()).asByteBuffer(), 0, (int) size.get());
                return decoded;
            } finally {
                lept_free(data);
            }
        } finally {
            pixDestroy(eight);
        }
    }
}
