package dev.lovage.archive.description;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// One normalised record.
///
/// @param row the line of the CSV file at which the record begins, or the place of the JSON object, from 1
/// @param values of each field that is told, in the order they came
/// @param changes every value that is not as it came
/// @param findings what a person should look at
public record Description(long row, Map<Field, List<Value>> values, List<Change> changes, List<Finding> findings) {
    public Description {
        var copy = new EnumMap<Field, List<Value>>(Field.class);
        values.forEach((field, list) -> copy.put(field, List.copyOf(list)));
        values = Collections.unmodifiableMap(copy);
        changes = List.copyOf(changes);
        findings = List.copyOf(findings);
    }

    /// The texts of a field, none if it is not told.
    public List<String> texts(Field field) {
        return values.getOrDefault(field, List.of()).stream().map(Value::text).toList();
    }

    /// Simple Dublin Core, valid by the schema `simpledc.xsd`.
    ///
    /// @return UTF-8; the same for the same record
    public byte[] dublinCore() {
        return DublinCore.bytes(this);
    }

    /// MODS 3.8, valid by its schema. Dates and languages that could not be normalised carry no encoding or authority.
    ///
    /// @return UTF-8; the same for the same record
    public byte[] mods() {
        return Mods.bytes(this);
    }
}
