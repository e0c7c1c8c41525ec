package dev.lovage.archive.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorConvertOp;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageWriterSpi;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// Makes one thumbnail of a picture.
final class JpegEncoding {
    private static final int BYTES_BELOW = 60_000;
    private static final int QUALITY = 80;
    private static final int QUALITY_STEP = 10;

    private JpegEncoding() {}

    static Thumbnail thumbnail(Picture picture, int side) {
        var longest = Math.max(picture.fullWidth(), picture.fullHeight());
        var to = Math.min(longest, side);
        var small = picture.scaled(
                Math.min(picture.width(), Rows.scaled(picture.fullWidth(), to, longest)),
                Math.min(picture.height(), Rows.scaled(picture.fullHeight(), to, longest)));
        var image = upright(small, rgb(small));
        return new Thumbnail(side, image.getWidth(), image.getHeight(), encoded(image));
    }

    /// @return three samples of 8 bits a pixel, sRGB
    private static byte[] rgb(Picture picture) {
        var colors = picture.colors();
        // a grey without a profile is meant for a screen; Java takes it for linear light and would brighten it
        if (colors.equals(ColorSpace.getInstance(ColorSpace.CS_GRAY))) {
            return repeated(picture);
        }
        if (colors.isCS_sRGB()) {
            return rounded(picture);
        }
        var from = raster(picture);
        var to = Raster.createInterleavedRaster(DataBuffer.TYPE_USHORT, picture.width(), picture.height(), 3, null);
        new ColorConvertOp(colors, ColorSpace.getInstance(ColorSpace.CS_sRGB), null).filter(from, to);
        var samples = to.getPixels(0, 0, picture.width(), picture.height(), (int[]) null);
        var rgb = new byte[samples.length];
        for (var i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) ((samples[i] + 128) / 257);
        }
        return rgb;
    }

    private static WritableRaster raster(Picture picture) {
        var raster = Raster.createInterleavedRaster(
                DataBuffer.TYPE_USHORT, picture.width(), picture.height(), picture.bands(), null);
        var samples = new int[picture.samples().length];
        for (var i = 0; i < samples.length; i++) {
            samples[i] = Math.round(Math.clamp(picture.samples()[i], 0f, 1f) * 65535);
        }
        raster.setPixels(0, 0, picture.width(), picture.height(), samples);
        return raster;
    }

    private static byte[] repeated(Picture picture) {
        var rgb = new byte[picture.samples().length * 3];
        for (var i = 0; i < rgb.length; i++) {
            rgb[i] = rounded(picture.samples()[i / 3]);
        }
        return rgb;
    }

    private static byte[] rounded(Picture picture) {
        var rgb = new byte[picture.samples().length];
        for (var i = 0; i < rgb.length; i++) {
            rgb[i] = rounded(picture.samples()[i]);
        }
        return rgb;
    }

    private static byte rounded(float sample) {
        return (byte) Math.round(Math.clamp(sample, 0f, 1f) * 255);
    }

    /// Turns and flips as Orientation says: 1 to 4 keep rows as rows, 5 to 8 make them columns.
    private static BufferedImage upright(Picture picture, byte[] rgb) {
        var width = picture.width();
        var height = picture.height();
        var turned = picture.orientation() >= 5;
        var image = new BufferedImage(turned ? height : width, turned ? width : height, BufferedImage.TYPE_INT_RGB);
        for (var y = 0; y < height; y++) {
            for (var x = 0; x < width; x++) {
                var at = (y * width + x) * 3;
                var color = (rgb[at] & 255) << 16 | (rgb[at + 1] & 255) << 8 | rgb[at + 2] & 255;
                var left = width - 1 - x;
                var up = height - 1 - y;
                switch (picture.orientation()) {
                    case 2 -> image.setRGB(left, y, color);
                    case 3 -> image.setRGB(left, up, color);
                    case 4 -> image.setRGB(x, up, color);
                    case 5 -> image.setRGB(y, x, color);
                    case 6 -> image.setRGB(up, x, color);
                    case 7 -> image.setRGB(up, left, color);
                    case 8 -> image.setRGB(y, left, color);
                    default -> image.setRGB(x, y, color);
                }
            }
        }
        return image;
    }

    private static byte[] encoded(BufferedImage image) {
        for (var quality = QUALITY; ; quality -= QUALITY_STEP) {
            var jpeg = encoded(image, quality);
            if (jpeg.length < BYTES_BELOW || quality == QUALITY_STEP) {
                return jpeg;
            }
        }
    }

    private static byte[] encoded(BufferedImage image, int quality) {
        var writer = writer();
        var out = new ByteArrayOutputStream();
        try (var stream = new MemoryCacheImageOutputStream(out)) {
            var parameters = writer.getDefaultWriteParam();
            parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            parameters.setCompressionQuality(quality / 100f);
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image, null, null), parameters);
        } catch (IOException e) {
            throw new IllegalStateException("A JPEG can always be written into memory.", e);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    /// The JDK's own, so that the bytes depend on nothing else on the class path.
    private static ImageWriter writer() {
        var providers = IIORegistry.getDefaultInstance()
                .getServiceProviders(
                        ImageWriterSpi.class,
                        spi -> spi.getClass().getName().equals("com.sun.imageio.plugins.jpeg.JPEGImageWriterSpi"),
                        false);
        if (!providers.hasNext()) {
            throw new IllegalStateException("This Java has no JPEG writer.");
        }
        try {
            return ((ImageWriterSpi) providers.next()).createWriterInstance();
        } catch (IOException e) {
            throw new IllegalStateException("This Java's JPEG writer does not start.", e);
        }
    }
}
