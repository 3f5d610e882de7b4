using System.Globalization;
using System.Text;
using AmqpBroker.Core.Arguments;

namespace AmqpBroker.Core.Policies;

/// <summary>Plain values as RabbitMQ's texts print what it read from JSON: <c>&lt;&lt;"a"&gt;&gt;</c>, <c>[1,null]</c>, <c>#{&lt;&lt;"a"&gt;&gt; => 1}</c>.</summary>
internal static class JsonTerm
{
    /// <summary>The value as a term.</summary>
    internal static string Format(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => ErlangTerm.FormatDouble(number),
        string text => ErlangTerm.FormatBinary(Encoding.UTF8.GetBytes(text)),
        IReadOnlyList<KeyValuePair<string, object?>> map =>
            $"#{{{string.Join(',', map.OrderBy(static e => e.Key, StringComparer.Ordinal).Select(static e => $"{Format(e.Key)} => {Format(e.Value)}"))}}}",
        IReadOnlyList<object?> list => $"[{string.Join(',', list.Select(Format))}]",
        _ => throw new ArgumentException($"A {value.GetType().Name} is no plain value.", nameof(value)),
    };
}
