/// Suggestions of models that run on this machine: a text's language, and subjects from a closed vocabulary.
@NullMarked
package dev.lovage.archive.enrichment;

import org.jspecify.annotations.NullMarked;
