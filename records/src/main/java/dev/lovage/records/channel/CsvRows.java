package dev.lovage.records.channel;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvRecord;
import dev.lovage.records.channel.Violation.Code;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The rows of one file after its header. An id that an earlier row had is rejected: only the first keeps it.
final class CsvRows extends Spliterators.AbstractSpliterator<CsvRow> {
    private static final Pattern STARTING_LINE = Pattern.compile("starting at line (\\d+)");

    private final Iterator<CsvRecord> records;
    private final CsvRowFields fields;
    private final Map<String, Long> rowOfExternalId = new HashMap<>();
    private int count;
    private long lastRow = 1;
    private boolean ended;

    CsvRows(Iterator<CsvRecord> records, CsvRowFields fields) {
        super(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL);
        this.records = records;
        this.fields = fields;
    }

    @Override
    public boolean tryAdvance(Consumer<? super CsvRow> action) {
        if (ended) {
            return false;
        }
        try {
            if (!records.hasNext()) {
                ended = true;
                return false;
            }
            action.accept(row(records.next()));
        } catch (CsvParseException e) {
            ended = true;
            action.accept(gaveUp(e, lastRow + 1));
        }
        return true;
    }

    private CsvRow row(CsvRecord record) {
        lastRow = record.getStartingLineNumber();
        if (++count > CsvUpload.ROWS_MAX) {
            ended = true;
            return CsvRow.Rejected.of(
                    lastRow,
                    "",
                    Code.E_LIMIT,
                    "A file has at most " + CsvUpload.ROWS_MAX
                            + " rows. This row and those after it were not read; send them in another file.");
        }
        CsvRow row = fields.row(lastRow, record.getFields());
        if (row.externalId().isPresent()) {
            Long first = rowOfExternalId.putIfAbsent(row.externalId().get(), lastRow);
            if (first != null) {
                return new CsvRow.Rejected(
                        lastRow,
                        row.externalId(),
                        List.of(new Violation(
                                "external_id",
                                Code.E_DUP_IN_FILE,
                                "Row " + first
                                        + " has the same external_id. This row was not accepted; give it its own.")));
            }
        }
        return row;
    }

    /// The row at which the parser could not go on.
    static CsvRow gaveUp(CsvParseException e, long rowOtherwise) {
        String found = String.valueOf(e.getMessage());
        Matcher line = STARTING_LINE.matcher(found);
        long row = line.find() ? Long.parseLong(line.group(1)) : rowOtherwise;
        String end = " This row and those after it were not read; correct it and send the file again.";
        if (found.startsWith("Unclosed quoted field")) {
            return CsvRow.Rejected.of(
                    row, "", Code.E_UNCLOSED_QUOTE, "A quotation mark in this row is opened and never closed." + end);
        }
        if (found.startsWith("Unexpected character after closing quote")) {
            return CsvRow.Rejected.of(
                    row,
                    "",
                    Code.E_QUOTE,
                    "Text follows a closing quotation mark; inside a quoted field a quotation mark is written twice."
                            + end);
        }
        return CsvRow.Rejected.of(
                row, "", Code.E_LIMIT, "This row is far beyond the limits, perhaps for a stray quotation mark." + end);
    }
}
