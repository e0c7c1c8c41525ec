package dev.lovage.cli.terminal;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Rows of aligned columns, the same on a terminal and in a pipe. Columns of numbers are aligned to the right.
public final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... headings) {
        rows.add(List.of(headings));
    }

    public Table row(Object... cells) {
        rows.add(Arrays.stream(cells).map(cell -> line(String.valueOf(cell))).toList());
        return this;
    }

    public boolean isEmpty() {
        return rows.size() == 1;
    }

    public void print(PrintWriter out) {
        var columns = rows.getFirst().size();
        var widths = new int[columns];
        var numbers = new boolean[columns];
        for (int i = 0; i < columns; i++) {
            var column = i;
            widths[i] = rows.stream()
                    .mapToInt(row -> row.get(column).length())
                    .max()
                    .orElse(0);
            numbers[i] = !isEmpty()
                    && rows.stream()
                            .skip(1)
                            .allMatch(row -> row.get(column).chars().allMatch(c -> c >= '0' && c <= '9' || c == '-'));
        }
        for (var row : rows) {
            var line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                var blanks = " ".repeat(widths[i] - row.get(i).length());
                line.append(i == 0 ? "" : "  ")
                        .append(numbers[i] ? blanks : "")
                        .append(row.get(i))
                        .append(numbers[i] ? "" : blanks);
            }
            out.println(line.toString().stripTrailing());
        }
        out.flush();
    }

    /// What came from outside can't break the table, nor send control sequences to the terminal.
    private static String line(String cell) {
        return cell.codePoints()
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
