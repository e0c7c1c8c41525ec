package dev.lovage.archive.ocr;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/// The brightness of an image's pixels, from its samples as they are stored: colour profiles are left alone, for they
/// cost much and change no letter. What is transparent lies on white paper.
abstract sealed class Gray {
    /// The weights that Tesseract gives to red, green and blue, in hundredths.
    private static final int RED = 30;

    private static final int GREEN = 50;
    private static final int BLUE = 20;

    final Raster raster;
    int[] samples = {};

    private Gray(Raster raster) {
        this.raster = raster;
    }

    /// Fills a row with 0 for black to 255 for white.
    abstract void row(int y, byte[] row);

    /// @throws PageUnreadable if there is no simple rule for the image's colours
    static Gray of(String page, BufferedImage image) {
        var colours = image.getColorModel();
        var raster = image.getRaster();
        if (colours instanceof IndexColorModel palette) {
            return new Indexed(raster, palette);
        }
        int type = raster.getDataBuffer().getDataType();
        if (type != DataBuffer.TYPE_BYTE && type != DataBuffer.TYPE_USHORT && type != DataBuffer.TYPE_INT) {
            throw new PageUnreadable(
                    page, "its samples are signed or floating-point numbers. Make an 8-bit gray or RGB access image.");
        }
        return switch (colours.getColorSpace().getType()) {
            case ColorSpace.TYPE_GRAY -> new Direct(raster, colours, 1, false);
            case ColorSpace.TYPE_RGB -> new Direct(raster, colours, 3, false);
            case ColorSpace.TYPE_CMYK -> new Direct(raster, colours, 4, true);
            default ->
                throw new PageUnreadable(
                        page, "its colours are not gray, RGB or CMYK. Make a gray or RGB image of it.");
        };
    }

    private static int brightness(int red, int green, int blue) {
        return (red * RED + green * GREEN + blue * BLUE) / (RED + GREEN + BLUE);
    }

    private static int onWhite(int gray, int alpha) {
        return (gray * alpha + 255 * (255 - alpha)) / 255;
    }

    private static final class Indexed extends Gray {
        private final byte[] table;

        Indexed(Raster raster, IndexColorModel palette) {
            super(raster);
            table = new byte[1 << palette.getPixelSize()];
            for (int i = 0; i < palette.getMapSize(); i++) {
                int gray = brightness(palette.getRed(i), palette.getGreen(i), palette.getBlue(i));
                table[i] = (byte) onWhite(gray, palette.getAlpha(i));
            }
        }

        @Override
        void row(int y, byte[] row) {
            samples = raster.getPixels(0, y, row.length, 1, samples.length == 0 ? new int[row.length] : samples);
            for (int x = 0; x < row.length; x++) {
                row[x] = table[samples[x]];
            }
        }
    }

    private static final class Direct extends Gray {
        private final int bands;
        private final int colours;
        private final boolean ink;
        private final int alpha;
        private final boolean premultiplied;
        private final int[] bits;

        Direct(Raster raster, ColorModel model, int colours, boolean ink) {
            super(raster);
            this.bands = raster.getNumBands();
            this.colours = colours;
            this.ink = ink;
            this.alpha = model.hasAlpha() ? colours : -1;
            this.premultiplied = model.isAlphaPremultiplied();
            this.bits = model.getComponentSize();
        }

        @Override
        void row(int y, byte[] row) {
            samples =
                    raster.getPixels(0, y, row.length, 1, samples.length == 0 ? new int[row.length * bands] : samples);
            for (int x = 0, at = 0; x < row.length; x++, at += bands) {
                int gray = colours == 1 ? eight(at, 0) : brightness(eight(at, 0), eight(at, 1), eight(at, 2));
                if (ink) {
                    gray = (255 - gray) * (255 - eight(at, 3)) / 255;
                }
                if (alpha >= 0) {
                    int opaque = eight(at, alpha);
                    gray = premultiplied ? Math.min(255, gray + 255 - opaque) : onWhite(gray, opaque);
                }
                row[x] = (byte) gray;
            }
        }

        /// A sample, stretched or cut to 8 bits.
        private int eight(int at, int band) {
            int sample = samples[at + band];
            int depth = bits[band];
            return depth == 8 ? sample : depth > 8 ? sample >>> (depth - 8) : sample * 255 / ((1 << depth) - 1);
        }
    }
}
