/// What is on record about a package, in the words that archives share: PREMIS 3 and METS 1.12.1, written and
/// judged.
@NullMarked
package dev.lovage.archive.preservation;

import org.jspecify.annotations.NullMarked;
