package dev.lovage.engine.json;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A record class as JSON sees it: its components in order, under their names on the wire.
record RecordForm(Class<?> type, List<String> names, List<Method> accessors, Constructor<?> constructor) {
    private static final ClassValue<RecordForm> FORMS = new ClassValue<>() {
        @Override
        protected RecordForm computeValue(Class<?> type) {
            return look(type);
        }
    };

    static RecordForm of(Class<?> type) {
        return FORMS.get(type);
    }

    private static RecordForm look(Class<?> type) {
        List<String> names = new ArrayList<>();
        List<Method> accessors = new ArrayList<>();
        List<Class<?>> types = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (RecordComponent component : type.getRecordComponents()) {
            String name = snakeCase(component.getName());
            if (!seen.add(name)) {
                throw new NotJson(
                        "$." + name,
                        "a second component that is called " + name + " on the wire in " + type.getTypeName(),
                        "names that differ in snake_case");
            }
            component.getAccessor().setAccessible(true);
            names.add(name);
            accessors.add(component.getAccessor());
            types.add(component.getType());
        }
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types.toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            return new RecordForm(type, List.copyOf(names), List.copyOf(accessors), constructor);
        } catch (NoSuchMethodException e) {
            throw new AssertionError("Each record has its canonical constructor: " + type, e);
        }
    }

    @Nullable
    Object component(Object record, int index) {
        try {
            return accessors.get(index).invoke(record);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(type + " is closed to the engine; open its package to it.", e);
        } catch (InvocationTargetException e) {
            throw unwrapped(e);
        }
    }

    /// @throws RuntimeException what the record's own constructor threw
    Object make(@Nullable Object[] components) {
        try {
            return constructor.newInstance(components);
        } catch (ReflectiveOperationException e) {
            if (e instanceof InvocationTargetException thrown) {
                throw unwrapped(thrown);
            }
            throw new IllegalStateException(type + " is closed to the engine; open its package to it.", e);
        }
    }

    private static RuntimeException unwrapped(InvocationTargetException e) {
        return switch (e.getCause()) {
            case RuntimeException cause -> cause;
            case Error cause -> throw cause;
            case null, default -> new IllegalStateException(e);
        };
    }

    /// `filePath` is `file_path`, `expectedSHA256` is `expected_sha256`, `URLPath` is `url_path`.
    static String snakeCase(String name) {
        StringBuilder snake = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            if (i > 0 && Character.isUpperCase(name.charAt(i)) && name.charAt(i - 1) != '_') {
                boolean wordEnded = !Character.isUpperCase(name.charAt(i - 1));
                boolean wordBegins = i + 1 < name.length() && Character.isLowerCase(name.charAt(i + 1));
                if (wordEnded || wordBegins) {
                    snake.append('_');
                }
            }
            snake.append(name.charAt(i));
        }
        return snake.toString().toLowerCase(Locale.ROOT);
    }
}
