/// Validation of XML against the schemas that this module ships.
@NullMarked
package dev.lovage.archive.xml;

import org.jspecify.annotations.NullMarked;
