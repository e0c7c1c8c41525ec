package dev.lovage.archive.description;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.CsvRecordHandler;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Descriptive metadata as it came, and the records made of it. Nothing that came is dropped or guessed at: what no
/// rule reads is kept as it is with a finding, what no field is known for stands in the original and in a finding.
///
/// A value holds several if `|` stands between them; those of languages and subjects also if `;` does.
public final class Descriptions {
    /// Bytes of one file.
    public static final int SIZE_MAX = 16 * 1024 * 1024;

    /// Records of one file.
    public static final int RECORDS_MAX = 20_000;

    private static final int COLUMNS_MAX = 500;
    private static final int VALUE_CHARS_MAX = 65_536;
    private static final int RECORD_CHARS_MAX = 1 << 20;
    private static final char[] DELIMITERS = {',', ';', '\t', '|'};

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(20)
                            .maxStringLength(VALUE_CHARS_MAX)
                            .maxTokenCount(2_000_000)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final byte[] original;
    private final List<Description> records;

    private Descriptions(byte[] original, List<Description> records) {
        this.original = original;
        this.records = List.copyOf(records);
    }

    /// The bytes as they came, a copy.
    public byte[] original() {
        return original.clone();
    }

    /// SHA-256 of the bytes as they came, 64 hexadecimal digits.
    public String originalSha256() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(original));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }

    /// One for each row or object, in order.
    public List<Description> records() {
        return records;
    }

    /// Reads a CSV file (RFC 4180) whose first line names the columns: a row is a record. The delimiter is whichever
    /// of comma, semicolon, tab and bar finds most known columns.
    ///
    /// @param csv UTF-8, or UTF-16 with a byte order mark
    /// @throws DescriptionRejected if it is something else, or beyond the limits
    public static Descriptions csv(byte[] csv) {
        String text = text(csv);
        char delimiter = delimiter(text);
        List<Description> records = new ArrayList<>();
        try {
            Iterator<CsvRecord> rows = rows(text, delimiter);
            if (!rows.hasNext()) {
                throw new DescriptionRejected("The file is empty; its first line must name the columns.");
            }
            List<String> header = rows.next().getFields();
            if (known(header) == 0) {
                throw new DescriptionRejected("The first line names no column that is known, such as title or date.");
            }
            while (rows.hasNext()) {
                CsvRecord row = rows.next();
                if (records.size() == RECORDS_MAX) {
                    throw new DescriptionRejected(
                            "The file has more than " + RECORDS_MAX + " records. Split the file.");
                }
                records.add(record(header, row));
            }
        } catch (CsvParseException e) {
            throw new DescriptionRejected(
                    "This is not CSV, or beyond the limits: " + e.getMessage() + ". A quotation mark may be missing.");
        }
        return new Descriptions(csv.clone(), records);
    }

    private static Description record(List<String> header, CsvRecord row) {
        var record = new Normalizing();
        for (int i = 0; i < row.getFieldCount(); i++) {
            if (i < header.size()) {
                record.take(header.get(i), row.getField(i));
            } else if (!row.getField(i).isBlank()) {
                record.find(
                        "",
                        row.getField(i),
                        "The row has more values than the header has columns; this one stands in"
                                + " the original only.");
            }
        }
        if (row.getFieldCount() < header.size()) {
            record.find(
                    "",
                    "",
                    "The row has " + row.getFieldCount() + " values, and the header " + header.size()
                            + " columns; the last ones were taken for empty.");
        }
        return record.description(row.getStartingLineNumber());
    }

    /// Reads JSON: an object, or an array of them. A value is a text, a number, or an array of both.
    ///
    /// @param json UTF-8
    /// @throws DescriptionRejected if it is something else, or beyond the limits
    public static Descriptions json(byte[] json) {
        text(json);
        try {
            JsonNode tree = MAPPER.readTree(json);
            return of(json.clone(), tree);
        } catch (JacksonException e) {
            throw new DescriptionRejected("This is not JSON, has a name twice, or is beyond the limits: line "
                    + e.getLocation().getLineNr() + ", column "
                    + e.getLocation().getColumnNr() + ", "
                    + e.getOriginalMessage() + ".");
        }
    }

    /// Reads what stands inline in a manifest. Its original is the JSON without white space.
    ///
    /// @throws DescriptionRejected if it is no object and no array of objects
    public static Descriptions json(JsonNode tree) {
        return of(MAPPER.writeValueAsBytes(tree), tree);
    }

    private static Descriptions of(byte[] original, JsonNode tree) {
        if (!tree.isObject() && !tree.isArray()) {
            throw new DescriptionRejected("The JSON is no object and no array of objects.");
        }
        List<Description> records = new ArrayList<>();
        for (JsonNode object : tree.isObject() ? List.of(tree) : tree) {
            if (!object.isObject()) {
                throw new DescriptionRejected("Element " + (records.size() + 1) + " of the array is no object.");
            }
            if (records.size() == RECORDS_MAX) {
                throw new DescriptionRejected("The file has more than " + RECORDS_MAX + " records. Split the file.");
            }
            var record = new Normalizing();
            object.properties().forEach(property -> take(record, property.getKey(), property.getValue()));
            records.add(record.description(records.size() + 1));
        }
        return new Descriptions(original, records);
    }

    private static void take(Normalizing record, String name, JsonNode value) {
        if (value.isArray()) {
            for (JsonNode element : value) {
                take(record, name, element);
            }
        } else if (value.isString() || value.isNumber() || value.isBoolean()) {
            record.take(name, value.asString());
        } else if (value.isObject()) {
            record.find(name, "", "An object stands here, and a text is expected; it stands in the original only.");
        }
    }

    private static String text(byte[] bytes) {
        if (bytes.length > SIZE_MAX) {
            throw new DescriptionRejected("The file is " + bytes.length + " bytes long, and at most " + SIZE_MAX
                    + " are allowed. Split the file.");
        }
        boolean wide = bytes.length > 1
                && ((bytes[0] == (byte) 0xFE && bytes[1] == (byte) 0xFF)
                        || (bytes[0] == (byte) 0xFF && bytes[1] == (byte) 0xFE));
        Charset charset = wide ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8;
        try {
            String text = charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new DescriptionRejected(
                    "The bytes are no " + charset.name() + " (" + e.getMessage() + "). Save the file as UTF-8.");
        }
    }

    private static char delimiter(String text) {
        char best = ',';
        long most = -1;
        for (char candidate : DELIMITERS) {
            long known = 0;
            try {
                Iterator<CsvRecord> rows = rows(text, candidate);
                known = rows.hasNext() ? known(rows.next().getFields()) : 0;
            } catch (CsvParseException _) {
                continue; // not this one
            }
            if (known > most) {
                most = known;
                best = candidate;
            }
        }
        return best;
    }

    private static long known(List<String> header) {
        return header.stream().filter(name -> Field.named(name).isPresent()).count();
    }

    private static Iterator<CsvRecord> rows(String text, char delimiter) {
        return CsvReader.builder()
                .fieldSeparator(delimiter)
                .allowUnclosedQuote(false)
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .maxBufferSize(RECORD_CHARS_MAX)
                .build(
                        CsvRecordHandler.of(limits -> limits.maxFields(COLUMNS_MAX)
                                .maxFieldSize(VALUE_CHARS_MAX)
                                .maxRecordSize(RECORD_CHARS_MAX)),
                        text)
                .iterator();
    }
}
