package dev.lovage.archive.image;

import dev.lovage.archive.image.Tiff.Rational;
import java.io.ByteArrayOutputStream;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/// Technical metadata of an image as a document of NISO MIX 2.0 (ANSI/NISO Z39.87). Equal facts give equal bytes.
///
/// What the capture knows is preferred to what the file says; what neither knows is left out.
///
/// @see <a href="https://www.loc.gov/standards/mix/">MIX</a>
public final class Mix {
    private static final String NAMESPACE = "http://www.loc.gov/mix/v20";

    /// The file that is described.
    ///
    /// @param name as the batch calls it
    /// @param size in bytes
    /// @param sha256 of its bytes, 64 hex digits in lower case
    public record File(String name, long size, String sha256) {
        /// @throws IllegalArgumentException if the size is negative or the digest is none
        public File {
            if (size < 0 || !sha256.matches("[0-9a-f]{64}")) {
                throw new IllegalArgumentException(
                        "A file has 0 bytes or more and a SHA-256 of 64 hex digits in lower case, but " + name + " has "
                                + size + " and \"" + sha256 + "\".");
            }
        }
    }

    /// What is known of the capture besides the file.
    ///
    /// @param capturedAt written in UTC, to the second
    public record Capture(String scannerModel, Optional<String> scannerSerial, Optional<Instant> capturedAt) {}

    private final XMLStreamWriter xml;
    private final File file;
    private final Capture capture;

    private Mix(XMLStreamWriter xml, File file, Capture capture) {
        this.xml = xml;
        this.file = file;
        this.capture = capture;
    }

    /// Describes the first image of a TIFF.
    ///
    /// @return UTF-8, valid by the schema
    public static byte[] document(Tiff tiff, File file, Capture capture) {
        return written(file, capture, mix -> mix.tiff(tiff));
    }

    /// Describes an image of which no more than its format is known.
    ///
    /// @return UTF-8, valid by the schema
    public static byte[] document(ImageFormat format, File file, Capture capture) {
        return written(file, capture, mix -> mix.other(format));
    }

    private interface Part {
        void write(Mix mix) throws XMLStreamException;
    }

    private interface Content {
        void write() throws XMLStreamException;
    }

    private static byte[] written(File file, Capture capture, Part root) {
        var out = new ByteArrayOutputStream();
        try {
            var xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out, "UTF-8");
            xml.writeStartDocument("UTF-8", "1.0");
            xml.writeStartElement("mix");
            xml.writeDefaultNamespace(NAMESPACE);
            root.write(new Mix(xml, file, capture));
            xml.writeEndElement();
            xml.writeEndDocument();
            xml.close();
        } catch (XMLStreamException e) {
            throw new IllegalStateException("XML can always be written into memory.", e);
        }
        return out.toByteArray();
    }

    private void tiff(Tiff tiff) throws XMLStreamException {
        var image = tiff.main();
        in("BasicDigitalObjectInformation", () -> {
            object(tiff.format());
            text("byteOrder", tiff.byteOrder() == ByteOrder.BIG_ENDIAN ? "big endian" : "little endian");
            in(
                    "Compression",
                    () -> text(
                            "compressionScheme",
                            Compression.of(image.compression())
                                    .map(Compression::label)
                                    .orElse(Integer.toString(image.compression()))));
            fixity();
        });
        in(
                "BasicImageInformation",
                () -> in("BasicImageCharacteristics", () -> {
                    size(tiff.format());
                    photometric(image);
                }));
        capture(Optional.of(image));
        in("ImageAssessmentMetadata", () -> {
            if (image.resolution().isPresent()) {
                spatialMetrics(image.resolution().get());
            }
            colorEncoding(image);
        });
    }

    private void other(ImageFormat format) throws XMLStreamException {
        in("BasicDigitalObjectInformation", () -> {
            object(format);
            fixity();
        });
        if (format.size().isPresent()) {
            in("BasicImageInformation", () -> in("BasicImageCharacteristics", () -> size(format)));
        }
        capture(Optional.empty());
    }

    private void object(ImageFormat format) throws XMLStreamException {
        in("ObjectIdentifier", () -> {
            text("objectIdentifierType", "file name");
            text("objectIdentifierValue", file.name);
        });
        text("fileSize", Long.toString(file.size));
        in("FormatDesignation", () -> {
            text("formatName", format.mediaType());
            optional("formatVersion", format.version());
        });
        in("FormatRegistry", () -> {
            text("formatRegistryName", "PRONOM");
            text("formatRegistryKey", format.pronomId());
        });
    }

    private void fixity() throws XMLStreamException {
        in("Fixity", () -> {
            text("messageDigestAlgorithm", "SHA-256");
            text("messageDigest", file.sha256);
        });
    }

    private void size(ImageFormat format) throws XMLStreamException {
        if (format.size().isPresent()) {
            text("imageWidth", Long.toString(format.size().get().width()));
            text("imageHeight", Long.toString(format.size().get().height()));
        }
    }

    private void photometric(Tiff.Image image) throws XMLStreamException {
        if (image.photometric().isEmpty()) {
            return;
        }
        in("PhotometricInterpretation", () -> {
            text("colorSpace", colorSpace(image.photometric().getAsInt()));
            if (image.profile().isPresent()) {
                var profile = image.profile().get();
                in(
                        "ColorProfile",
                        () -> in("IccProfile", () -> {
                            optional("iccProfileName", profile.description());
                            optional("iccProfileVersion", profile.version());
                            text("iccProfileURI", "nih:sha-256;" + profile.sha256()); // a digest as a name, RFC 6920
                        }));
            }
        });
    }

    private static String colorSpace(int photometric) {
        return switch (photometric) {
            case 0 -> "WhiteIsZero";
            case 1 -> "BlackIsZero";
            case 2 -> "RGB";
            case 3 -> "PaletteColor";
            case 4 -> "TransparencyMask";
            case 5 -> "CMYK";
            case 6 -> "YCbCr";
            case 8 -> "CIELab";
            case 9 -> "ICCLab";
            case 10 -> "ITULab";
            default -> Integer.toString(photometric);
        };
    }

    private void capture(Optional<Tiff.Image> image) throws XMLStreamException {
        var origin = image.map(Tiff.Image::origin);
        in("ImageCaptureMetadata", () -> {
            // the file knows no zone: its clock time would be wrong with one, so that only the day is told
            var created = capture.capturedAt
                    .map(at -> DateTimeFormatter.ISO_INSTANT.format(at.truncatedTo(ChronoUnit.SECONDS)))
                    .or(() -> origin.flatMap(Tiff.Origin::dateTime)
                            .map(at -> DateTimeFormatter.ISO_LOCAL_DATE.format(at)));
            var artist = origin.flatMap(Tiff.Origin::artist);
            if (created.isPresent() || artist.isPresent()) {
                in("GeneralCaptureInformation", () -> {
                    optional("dateTimeCreated", created);
                    optional("imageProducer", artist);
                });
            }
            in("ScannerCapture", () -> {
                optional("scannerManufacturer", origin.flatMap(Tiff.Origin::make));
                in("ScannerModel", () -> {
                    text("scannerModelName", capture.scannerModel);
                    optional("scannerModelSerialNo", capture.scannerSerial);
                });
                var software = origin.flatMap(Tiff.Origin::software);
                if (software.isPresent()) {
                    in("ScanningSystemSoftware", () -> optional("scanningSoftwareName", software));
                }
            });
            if (image.isPresent()) {
                text("orientation", orientation(image.get().orientation()));
            }
        });
    }

    private static String orientation(int orientation) {
        return switch (orientation) {
            case 1 -> "normal*";
            case 2 -> "normal, image flipped";
            case 3 -> "normal, rotated 180°";
            case 4 -> "normal, image flipped, rotated 180°";
            case 5 -> "normal, image flipped, rotated cw 90°";
            case 6 -> "normal, rotated ccw 90°";
            case 7 -> "normal, image flipped, rotated ccw 90°";
            case 8 -> "normal, rotated cw 90°";
            default -> "unknown";
        };
    }

    private void spatialMetrics(Tiff.Resolution resolution) throws XMLStreamException {
        in("SpatialMetrics", () -> {
            text(
                    "samplingFrequencyUnit",
                    switch (resolution.unit()) {
                        case NONE -> "no absolute unit of measurement";
                        case INCH -> "in.";
                        case CENTIMETRE -> "cm";
                    });
            rational("xSamplingFrequency", resolution.x());
            rational("ySamplingFrequency", resolution.y());
        });
    }

    private void colorEncoding(Tiff.Image image) throws XMLStreamException {
        in("ImageColorEncoding", () -> {
            in("BitsPerSample", () -> {
                for (var bits : image.bitsPerSample()) {
                    if (bits > 0) {
                        text("bitsPerSampleValue", bits.toString());
                    }
                }
                text("bitsPerSampleUnit", image.sampleFormat() == 3 ? "floating point" : "integer");
            });
            if (image.samplesPerPixel() > 0) {
                text("samplesPerPixel", Integer.toString(image.samplesPerPixel()));
            }
            for (var extra : image.extraSamples()) {
                text(
                        "extraSamples",
                        switch (extra) {
                            case 1 -> "associated alpha data (with pre-multiplied color)";
                            case 2 -> "unassociated alpha data";
                            default -> "unspecified data";
                        });
            }
        });
    }

    private void rational(String name, Rational value) throws XMLStreamException {
        in(name, () -> {
            text("numerator", Long.toString(value.numerator()));
            text("denominator", Long.toString(value.denominator()));
        });
    }

    private void in(String name, Content content) throws XMLStreamException {
        xml.writeStartElement(name);
        content.write();
        xml.writeEndElement();
    }

    private void optional(String name, Optional<String> value) throws XMLStreamException {
        if (value.isPresent()) {
            text(name, value.get());
        }
    }

    /// A name from outside may hold what XML can't.
    private void text(String name, String value) throws XMLStreamException {
        xml.writeStartElement(name);
        xml.writeCharacters(value.replaceAll("[\\p{Cntrl}\\p{Cs}\\uFFFE\\uFFFF]", "\uFFFD"));
        xml.writeEndElement();
    }
}
