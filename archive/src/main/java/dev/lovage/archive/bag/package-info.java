/// Bags (BagIt 1.0, RFC 8493): how packages travel. Written and verified without another library.
@NullMarked
package dev.lovage.archive.bag;

import org.jspecify.annotations.NullMarked;
