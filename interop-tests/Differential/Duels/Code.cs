using System.Globalization;
using System.Text;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Duels;

/// <summary>Calls as the C# text that makes them: arguments at their defaults are left out.</summary>
internal sealed class Code(string word, params object[] positional)
{
    private readonly StringBuilder _text = new($"{word}({string.Join(", ", positional.Select(Literal))}");
    private bool _any = positional.Length > 0;

    public Code With(string name, bool value) => value ? Add(name, "true") : this;

    public Code With(string name, (string, object?)[]? table) => table is { Length: > 0 } ? Add(name, Table(table)) : this;

    public Code With(string name, string[]? texts) =>
        texts is { Length: > 0 } ? Add(name, $"[{string.Join(", ", texts.Select(Literal))}]") : this;

    public Code With(string name, Props? props)
    {
        if (props is null || props == new Props())
        {
            return this;
        }

        IEnumerable<string> set = typeof(Props).GetProperties()
            .Where(p => p.CanWrite && p.GetValue(props) is not null)
            .Select(p => $"{p.Name} = {(p.GetValue(props) is (string, object?)[] table ? Table(table) : Literal(p.GetValue(props)))}");
        return Add(name, $"new Props {{ {string.Join(", ", set)} }}");
    }

    public override string ToString() => _text + ")";

    private Code Add(string name, string literal)
    {
        _text.Append(_any ? ", " : "").Append(name).Append(": ").Append(literal);
        _any = true;
        return this;
    }

    private static string Table((string, object?)[] table) => $"[{string.Join(", ", table.Select(e => $"({Literal(e.Item1)}, {Literal(e.Item2)})"))}]";

    private static string Literal(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"",
        bool b => b ? "true" : "false",
        byte b => $"(byte){b}",
        long n => $"{n}L",
        ulong n => $"{n}UL",
        double n => n.ToString("0.0###", CultureInfo.InvariantCulture),
        (string, object?)[] table => $"new (string, object?)[] {{ {Table(table)[1..^1]} }}",
        object?[] array => $"new object?[] {{ {string.Join(", ", array.Select(Literal))} }}",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };
}
