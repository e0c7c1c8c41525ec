package dev.lovage.records.routing;

import com.google.re2j.Pattern;
import java.util.List;

/// A subject that a text can have.
///
/// @param any phrases of which one is enough
/// @param regex RE2 expressions of which one is enough, upper and lower case alike
/// @param not phrases of which none may occur
record Tag(String name, List<Words> any, List<Pattern> regex, List<Words> not) {
    Tag {
        any = List.copyOf(any);
        regex = List.copyOf(regex);
        not = List.copyOf(not);
    }

    boolean matches(Words text) {
        return not.stream().noneMatch(text::contains)
                && (any.stream().anyMatch(text::contains)
                        || regex.stream()
                                .anyMatch(
                                        pattern -> pattern.matcher(text.text()).find()));
    }
}
