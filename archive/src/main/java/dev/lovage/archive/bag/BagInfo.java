package dev.lovage.archive.bag;

import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// What `bag-info.txt` says. `Payload-Oxum` is counted by the writer and stands before the other labels.
///
/// @param externalIdentifier of the content, as its owner names it
/// @param groupIdentifier of the bags that belong together
/// @param baggingDate in UTC
/// @param softwareAgent name and version of the program that makes the bag
/// @param labels more of them, in this order; they may repeat
public record BagInfo(
        String externalIdentifier,
        String groupIdentifier,
        LocalDate baggingDate,
        String softwareAgent,
        List<Label> labels) {
    private static final Set<String> WRITTEN_HERE = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

    static {
        WRITTEN_HERE.addAll(List.of(
                "Payload-Oxum", "Bagging-Date", "External-Identifier", "Bag-Group-Identifier", "Bag-Software-Agent"));
    }

    /// @param name such as `Source-Organization`, without a colon
    /// @param value one line, of any length
    public record Label(String name, String value) {
        /// @throws BagRefused if there is a line break or another control character in one of them
        public Label {
            if (!name.matches("[^\\p{Cntrl}:\\s]([^\\p{Cntrl}:]*[^\\p{Cntrl}:\\s])?")
                    || value.matches("(?s).*\\p{Cntrl}.*")) {
                throw new BagRefused("The label '" + BagPath.shown(name) + "' with the value '" + BagPath.shown(value)
                        + "' can't be in bag-info.txt: a label has no colon, and both are one line of visible"
                        + " characters. Nothing was written. Shorten the value to one line.");
            }
        }
    }

    /// @throws BagRefused if a label is one of those that the writer writes
    public BagInfo {
        labels = List.copyOf(labels);
        for (var label : labels) {
            if (WRITTEN_HERE.contains(label.name())) {
                throw new BagRefused("The label " + label.name()
                        + " was given, but the bag writer writes it itself. Nothing was written. Leave it out.");
            }
        }
    }

    /// The file, UTF-8.
    String text(long payloadBytes, long payloadFiles) {
        var text = new StringBuilder();
        line(text, new Label("Payload-Oxum", payloadBytes + "." + payloadFiles));
        line(text, new Label("Bagging-Date", baggingDate.toString()));
        line(text, new Label("External-Identifier", externalIdentifier));
        line(text, new Label("Bag-Group-Identifier", groupIdentifier));
        line(text, new Label("Bag-Software-Agent", softwareAgent));
        labels.forEach(label -> line(text, label));
        return text.toString();
    }

    private static void line(StringBuilder text, Label label) {
        text.append(label.name()).append(": ").append(label.value()).append('\n');
    }
}
