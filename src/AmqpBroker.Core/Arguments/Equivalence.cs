using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Arguments;

/// <summary>
/// Compares a repeated declaration with what exists, and throws what RabbitMQ 3.10.8 answers when they differ. The
/// received arguments are not validated: for what exists, only the difference counts.
/// </summary>
internal static class Equivalence
{
    /// <summary>Compares a boolean of the declaration.</summary>
    /// <exception cref="ChannelException">406: they differ.</exception>
    public static void Check(string name, string subject, bool received, bool current)
    {
        if (received != current)
        {
            throw Differs(name, subject, received ? "'true'" : "'false'", current ? "'true'" : "'false'");
        }
    }

    /// <summary>Compares a name of the declaration.</summary>
    /// <exception cref="ChannelException">406: they differ.</exception>
    public static void Check(string name, string subject, ShortString received, ShortString current)
    {
        if (received != current)
        {
            throw Differs(name, subject, $"'{received}'", $"'{current}'");
        }
    }

    /// <summary>Compares these arguments of the declaration, in this order.</summary>
    /// <exception cref="ChannelException">406: one of them differs.</exception>
    public static void Check(IReadOnlyList<string> names, string subject, FieldTable received, FieldTable current)
    {
        foreach (string name in names)
        {
            FieldValue? receivedValue = Find(received, name);
            FieldValue? currentValue = Find(current, name);
            if (!AreSame(receivedValue, currentValue))
            {
                throw Differs(name, subject, receivedValue, currentValue);
            }
        }
    }

    /// <summary>What is thrown when a value differs. Two values are printed plainly, one alone with its type.</summary>
    public static ChannelException Differs(string name, string subject, FieldValue? received, FieldValue? current) =>
        received is { } left && current is { } right
            ? Differs(name, subject, Plain(left), Plain(right))
            : Differs(name, subject, WithType(received), WithType(current));

    public static FieldValue? Find(FieldTable table, string name) =>
        table.TryGetValue(name, out FieldValue value) ? value : null;

    private static bool AreSame(FieldValue? received, FieldValue? current) => (received, current) switch
    {
        (null, null) => true,
        ({ } left, { } right) => TermEquality.AreIdentical(left, right),
        _ => false,
    };

    private static ChannelException Differs(string name, string subject, string received, string current) =>
        new(
            ReplyCode.PreconditionFailed,
            $"inequivalent arg '{name}' for {subject}: received {received} but current is {current}");

    private static string Plain(FieldValue value) => value.Type == FieldType.Void ? "none" : $"'{Text(value)}'";

    private static string WithType(FieldValue? value) =>
        value is { } present ? $"the value '{Text(present)}' of type '{present.RabbitTypeName}'" : "none";

    private static string Text(FieldValue value) =>
        value.TryGetBytes(out _) ? value.AsString() : ErlangTerm.Format(value);
}
