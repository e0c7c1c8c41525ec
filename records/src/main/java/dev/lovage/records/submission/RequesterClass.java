package dev.lovage.records.submission;

import java.util.Locale;
import java.util.Optional;

/// The fee category of a requester. What a requester says of themselves is a claim; staff determine the category.
public enum RequesterClass {
    COMMERCIAL,
    EDUCATIONAL,
    NEWS_MEDIA,
    OTHER;

    /// Reads a claimed category in the words that portals and people use; empty if the word is not known.
    public static Optional<RequesterClass> claimed(String words) {
        String folded = words.strip().toLowerCase(Locale.ROOT).replaceAll("[^a-z]+", "_");
        return Optional.ofNullable(
                switch (folded) {
                    case "news_media", "news", "media", "press", "journalist", "representative_of_the_news_media" ->
                        NEWS_MEDIA;
                    case "educational",
                            "education",
                            "educational_institution",
                            "scientific",
                            "noncommercial_scientific" -> EDUCATIONAL;
                    case "commercial", "commercial_use" -> COMMERCIAL;
                    case "individual", "other", "all_other", "private_individual" -> OTHER;
                    default -> null;
                });
    }
}
