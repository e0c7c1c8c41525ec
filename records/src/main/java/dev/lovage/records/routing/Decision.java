package dev.lovage.records.routing;

import java.util.List;
import java.util.Optional;

/// Where a request goes.
public sealed interface Decision {
    /// How it was decided.
    Explanation explanation();

    /// To a department.
    ///
    /// @param primary id of the department that answers
    /// @param copies ids of those that get a copy, without `primary`
    /// @param ruleId the rule that matched, or `default`
    /// @param flag what staff are to look at, such as `unmatched`
    record Routed(String primary, List<String> copies, String ruleId, Optional<String> flag, Explanation explanation)
            implements Decision {
        public Routed {
            copies = List.copyOf(copies);
        }
    }

    /// Nowhere until a person looks at it.
    ///
    /// @param reason [#JURISDICTION_MISMATCH] or [#NO_ACTIVE_DEPARTMENT]
    record Held(String reason, Explanation explanation) implements Decision {
        /// The department that the rules name does not work under this law, or not for this agency or component.
        public static final String JURISDICTION_MISMATCH = "jurisdiction_mismatch";

        /// Neither the department, nor its fallbacks, nor the default are active.
        public static final String NO_ACTIVE_DEPARTMENT = "no_active_department";
    }
}
