using System.Diagnostics.CodeAnalysis;
using System.Text;
using AmqpBroker.Protocol;

namespace AmqpBroker.Server.Connections;

/// <summary>The user and password in a start-ok's response.</summary>
/// <param name="User">The name as sent.</param>
/// <param name="Password">The password's bytes.</param>
internal readonly record struct SaslResponse(ShortString User, ReadOnlyMemory<byte> Password)
{
    /// <summary>The mechanisms that connection.start offers.</summary>
    public static readonly ReadOnlyMemory<byte> MechanismBytes = "PLAIN AMQPLAIN"u8.ToArray();

    /// <summary>Reads a response in the mechanism that the client chose.</summary>
    /// <exception cref="ConnectionException">503 unknown mechanism, 502 malformed response.</exception>
    public static SaslResponse Read(ShortString mechanism, ReadOnlyMemory<byte> response) => mechanism.ToString() switch
    {
        "PLAIN" => ReadPlain(response),
        "AMQPLAIN" => ReadAmqplain(response),
        string other => throw new ConnectionException(ReplyCode.CommandInvalid, $"unknown authentication mechanism '{other}'"),
    };

    /// <summary>RFC 4616: authorization identity NUL user NUL password. The first is ignored, as RabbitMQ does.</summary>
    private static SaslResponse ReadPlain(ReadOnlyMemory<byte> response)
    {
        ReadOnlySpan<byte> bytes = response.Span;
        int first = bytes.IndexOf((byte)0);
        int second = first < 0 ? -1 : bytes[(first + 1)..].IndexOf((byte)0);
        if (second < 0)
        {
            throw Malformed("response <<...>> invalid");
        }

        second += first + 1;
        ReadOnlyMemory<byte> password = response[(second + 1)..];
        if (password.Span.Contains((byte)0))
        {
            throw Malformed("response <<...>> invalid");
        }

        return new SaslResponse(UserName(bytes[(first + 1)..second]), password);
    }

    /// <summary>A field table without its length, with LOGIN and PASSWORD.</summary>
    private static SaslResponse ReadAmqplain(ReadOnlyMemory<byte> response)
    {
        FieldTable table = FieldTable.FromRaw(response);
        if (TryGetBytes(table, "LOGIN", out ReadOnlyMemory<byte> login) && TryGetBytes(table, "PASSWORD", out ReadOnlyMemory<byte> password))
        {
            return new SaslResponse(UserName(login.Span), password);
        }

        throw Malformed("AMQPLAIN auth info <<...>> is missing LOGIN or PASSWORD field");
    }

    private static bool TryGetBytes(FieldTable table, string name, [NotNullWhen(true)] out ReadOnlyMemory<byte> value)
    {
        value = default;
        return table.TryGetValue(name, out FieldValue field) && field.TryGetBytes(out value);
    }

    /// <summary>A name that no account can have, being too long, stays one that no account has.</summary>
    private static ShortString UserName(ReadOnlySpan<byte> bytes) =>
        ShortString.FromBytes(bytes.Length <= ShortString.MaxLength ? bytes : Encoding.ASCII.GetBytes(new string('?', ShortString.MaxLength)));

    /// <summary>RabbitMQ prints the response; what may be a password is left out here.</summary>
    private static ConnectionException Malformed(string text) => new(ReplyCode.SyntaxError, text);
}
