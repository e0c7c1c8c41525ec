package dev.lovage.records.channel;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.CsvRecordHandler;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import dev.lovage.records.channel.Violation.Code;
import dev.lovage.records.submission.Attachment;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/// Reads an uploaded CSV file (RFC 4180) into one submission per row, and goes on after a row that holds none.
///
/// The header names the columns by the National FOIA Portal's field names or common aliases, in any case; others are
/// kept as `extra`. A row's reference is its `external_id`, or the digest of the upload and its line.
///
/// Two things end a file early, each with a last rejected row that says so: a quotation mark that is not closed or is
/// followed by text, since nothing tells where the next row begins, and a row beyond the limits. A file whose encoding,
/// delimiter or header is not understood is rejected whole, before any row.
public final class CsvUpload {
    static final int BYTES_MAX = 200 * 1024 * 1024;
    static final int ROWS_MAX = 100_000;
    static final int COLUMNS_MAX = 256;
    static final int FIELD_CHARS_MAX = 64 * 1024;

    /// Beyond these three the parser gives up the file, not the row.
    private static final int PARSER_FIELDS_MAX = 4 * COLUMNS_MAX;

    private static final int PARSER_FIELD_CHARS_MAX = 1 << 20;
    private static final int PARSER_RECORD_CHARS_MAX = 1 << 24;

    private static final List<Character> DELIMITERS = List.of(',', ';', '\t', '|');

    private CsvUpload() {}

    /// The rows of a file in order, read as the stream is. The same bytes with the same settings give the same rows.
    public static Stream<CsvRow> read(byte[] upload, CsvSettings settings) {
        if (upload.length > BYTES_MAX) {
            return rejected(
                    1,
                    Code.E_LIMIT,
                    "The file has " + upload.length + " bytes, and at most " + BYTES_MAX
                            + " are allowed. Nothing was accepted. Split the file.");
        }
        CsvEncoding encoding = CsvEncoding.of(upload, settings.charset());
        OptionalLong broken = encoding.firstBrokenLine(upload);
        if (broken.isPresent()) {
            return rejected(
                    broken.getAsLong(),
                    Code.E_ENCODING,
                    "This line holds bytes that are no "
                            + encoding.charset().name()
                            + ". Nothing of the file was accepted. Save it as UTF-8, or declare its encoding.");
        }
        char delimiter = settings.delimiter().orElseGet(() -> delimiter(upload, encoding));
        Iterator<CsvRecord> records = records(upload, encoding, delimiter);
        try {
            if (!records.hasNext()) {
                return rejected(1, Code.E_HEADER, "The file is empty. Its first line must name the columns.");
            }
            CsvRecord header = records.next();
            CsvColumns columns = CsvColumns.of(header.getFields());
            Optional<String> wrong = wrong(columns);
            if (wrong.isPresent()) {
                return rejected(header.getStartingLineNumber(), Code.E_HEADER, wrong.get());
            }
            var rows = new CsvRows(records, new CsvRowFields(columns, settings, Attachment.sha256(upload)));
            return StreamSupport.stream(rows, false);
        } catch (CsvParseException e) {
            return Stream.of(CsvRows.gaveUp(e, 1));
        }
    }

    private static Stream<CsvRow> rejected(long row, Code code, String message) {
        return Stream.of(CsvRow.Rejected.of(row, "", code, message));
    }

    private static Optional<String> wrong(CsvColumns columns) {
        String end = " Nothing of the file was accepted.";
        if (columns.names().size() > COLUMNS_MAX) {
            return Optional.of("The header has " + columns.names().size() + " columns, and at most " + COLUMNS_MAX
                    + " are allowed." + end);
        }
        if (!columns.has("request_description")) {
            return Optional.of("The header has no column request_description (or description, request). Name it so in"
                    + " the first line, and declare the delimiter if it is none of comma, semicolon, tab and bar."
                    + end);
        }
        return columns.repeated().isEmpty()
                ? Optional.empty()
                : Optional.of("The header names these columns more than once, perhaps under two names: "
                        + String.join(", ", columns.repeated()) + "." + end);
    }

    /// The delimiter under which the header names most known columns; of equals the first.
    private static char delimiter(byte[] upload, CsvEncoding encoding) {
        char best = ',';
        long most = -1;
        for (char candidate : DELIMITERS) {
            long known = known(upload, encoding, candidate);
            if (known > most) {
                most = known;
                best = candidate;
            }
        }
        return best;
    }

    private static long known(byte[] upload, CsvEncoding encoding, char delimiter) {
        try {
            Iterator<CsvRecord> records = records(upload, encoding, delimiter);
            return records.hasNext() ? CsvColumns.of(records.next().getFields()).known() : 0;
        } catch (CsvParseException _) {
            return 0;
        }
    }

    static Iterator<CsvRecord> records(byte[] upload, CsvEncoding encoding, char delimiter) {
        var handler = CsvRecordHandler.of(limits -> limits.maxFields(PARSER_FIELDS_MAX)
                .maxFieldSize(PARSER_FIELD_CHARS_MAX)
                .maxRecordSize(PARSER_RECORD_CHARS_MAX));
        return CsvReader.builder()
                .fieldSeparator(delimiter)
                .allowUnclosedQuote(false)
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .maxBufferSize(PARSER_RECORD_CHARS_MAX)
                .build(handler, encoding.reader(upload))
                .iterator();
    }
}
