using System.Globalization;
using AmqpBroker.Core.Snapshots;

namespace AmqpBroker.Management.Requests;

/// <summary>The fields of a request's JSON object, by type. One that is of another type is a 400.</summary>
internal sealed class RequestFields
{
    private readonly IReadOnlyList<KeyValuePair<string, object?>> _members;

    private RequestFields(IReadOnlyList<KeyValuePair<string, object?>> members) => _members = members;

    /// <summary>Reads the body; all of <paramref name="required"/> must be in it.</summary>
    /// <exception cref="ApiException">400: it is no JSON object, or lacks a field; 413: too long.</exception>
    public static async Task<RequestFields> ReadAsync(ApiRequest request, params string[] required)
    {
        IReadOnlyList<KeyValuePair<string, object?>> members = await RequestBody.ReadObjectAsync(request).ConfigureAwait(false);
        RequestBody.Require(members, required);
        return new RequestFields(members);
    }

    /// <summary>A text; null when it is not there.</summary>
    public string? Text(string field) => Value(field) switch
    {
        null => null,
        string text => text,
        _ => throw ApiException.BadRequest($"{field} should be a string"),
    };

    /// <summary>A text that must be there.</summary>
    public string RequiredText(string field) => Text(field) ?? throw ApiException.BadRequest($"{field} should be a string");

    /// <summary>True or false, also as text; null when it is not there.</summary>
    public bool? Flag(string field) => Value(field) switch
    {
        null => null,
        bool flag => flag,
        "true" => true,
        "false" => false,
        var other => throw ApiException.BadTerm("not_boolean", Convert.ToString(other, CultureInfo.InvariantCulture) ?? ""),
    };

    /// <summary>A whole number, also as text; null when it is not there.</summary>
    public long? Number(string field) => Value(field) switch
    {
        null => null,
        long number => number,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => number,
        var other => throw ApiException.BadTerm("not_integer", Convert.ToString(other, CultureInfo.InvariantCulture) ?? ""),
    };

    /// <summary>An object as a table of arguments; the empty one when it is not there.</summary>
    public PlainTable Table(string field)
    {
        try
        {
            return Value(field) is { } value ? PlainTable.FromPlain(value) : PlainTable.Empty;
        }
        catch (FormatException e)
        {
            throw ApiException.BadRequest(e.Message);
        }
    }

    /// <summary>A list of texts, also as one text with commas; null when it is not there.</summary>
    public IReadOnlyList<string>? Texts(string field) => Value(field) switch
    {
        null => null,
        string text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
        object?[] list when Array.TrueForAll(list, static e => e is string) => [.. list.Cast<string>()],
        _ => throw ApiException.BadRequest($"{field} should be a list of strings"),
    };

    /// <summary>A field as it stands; null when it is not there.</summary>
    public object? Value(string field) => RequestBody.TryGet(_members, field, out object? value) ? value : null;
}
