using System.Text.Json;

namespace AmqpBroker.Hosting.Configuration;

/// <summary>Finds what was set where: the command line goes before the environment, the environment before the file.</summary>
internal static class SettingValues
{
    /// <summary>The options that the sources give.</summary>
    /// <param name="commandLine">The values given for a setting's name; empty for none.</param>
    /// <param name="environment">The value of a variable; null for none.</param>
    /// <param name="file">The configuration file's settings by name.</param>
    /// <exception cref="SettingException">A value cannot be; the message names the setting and where it was set.</exception>
    public static AmqpBrokerOptions Resolve(
        Func<string, IReadOnlyList<string>> commandLine,
        Func<string, string?> environment,
        IReadOnlyDictionary<string, IReadOnlyList<string>> file)
    {
        var options = new AmqpBrokerOptions();
        foreach (Setting setting in Settings.All)
        {
            (IReadOnlyList<string> values, string source) = Find(setting, commandLine, environment, file);
            if (values.Count == 0)
            {
                continue;
            }

            if (values.Count > 1 && !setting.IsList)
            {
                throw new SettingException($"{source} takes one value, not {values.Count}");
            }

            try
            {
                options = setting.Apply(options, values);
            }
            catch (SettingException e)
            {
                throw new SettingException($"{source} {e.Message}");
            }
        }

        return options;
    }

    /// <summary>Reads a configuration file: one JSON object, a setting's name and its value, or an array of values. Comments are allowed.</summary>
    /// <exception cref="SettingException">It cannot be read, is not JSON, or has a name that is no setting.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> ReadFile(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            using JsonDocument json = JsonDocument.Parse(
                stream, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new SettingException($"configuration file '{path}' is not a JSON object");
            }

            var values = new Dictionary<string, IReadOnlyList<string>>();
            foreach (JsonProperty property in json.RootElement.EnumerateObject())
            {
                if (!IsKnown(property.Name))
                {
                    throw new SettingException($"configuration file '{path}': there is no setting '{property.Name}'");
                }

                values[property.Name] = property.Value.ValueKind == JsonValueKind.Array
                    ? [.. property.Value.EnumerateArray().Select(Text)]
                    : [Text(property.Value)];
            }

            return values;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new SettingException($"configuration file '{path}': {e.Message}");
        }
    }

    private static bool IsKnown(string name) => name == LogSetting.Name || Settings.All.Any(s => s.Name == name);

    private static string Text(JsonElement element) =>
        element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText();

    private static (IReadOnlyList<string> Values, string Source) Find(
        Setting setting,
        Func<string, IReadOnlyList<string>> commandLine,
        Func<string, string?> environment,
        IReadOnlyDictionary<string, IReadOnlyList<string>> file)
    {
        IReadOnlyList<string> given = commandLine(setting.Name);
        if (given.Count > 0)
        {
            return (given, $"--{setting.Name}");
        }

        foreach (string? variable in (ReadOnlySpan<string?>)[setting.Variable, setting.OtherVariable])
        {
            if (variable is not null && environment(variable) is { Length: > 0 } value)
            {
                return (setting.IsList ? value.Split(',', StringSplitOptions.TrimEntries) : [value], variable);
            }
        }

        return file.TryGetValue(setting.Name, out IReadOnlyList<string>? values)
            ? (values, $"'{setting.Name}' in the configuration file")
            : ([], "");
    }
}
