using System.Text.Json;

namespace AmqpBroker.Protocol.Tests;

/// <summary>One recorded frame: who sent it, its bytes, and what another decoder says it is.</summary>
/// <param name="Place">File and line, for messages.</param>
/// <param name="FromClient">Whether the client sent it.</param>
/// <param name="Bytes">The frame as it was on the wire.</param>
/// <param name="Description">What pika's decoder says.</param>
public sealed record GoldenFrame(string Place, bool FromClient, byte[] Bytes, JsonElement Description)
{
    /// <summary>The kind of frame or the method's name in pika's words, or null if pika does not know it.</summary>
    public string? Name => Description.GetProperty("name").GetString();
}

/// <summary>The frames in the folder Golden, recorded from real clients by tools/record-golden.</summary>
public static class GoldenFrames
{
    /// <summary>The clients that were recorded.</summary>
    public static IReadOnlyList<string> Clients { get; } = ["pika", "amqp-tools", "dotnet"];

    public static IReadOnlyList<GoldenFrame> Read(string client)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Golden", $"{client}.txt");
        return [.. File.ReadLines(path).Select((line, i) => Parse($"{client}.txt:{i + 1}", line.Split('\t')))];
    }

    /// <summary>Everything that the client of one direction sent, without protocol headers.</summary>
    public static byte[] Stream(string client, bool fromClient) =>
        [.. Read(client).Where(f => f.FromClient == fromClient && f.Name != "ProtocolHeader").SelectMany(f => f.Bytes)];

    private static GoldenFrame Parse(string place, string[] parts) => new(
        place, parts[0] == "C", Convert.FromHexString(parts[1]), JsonDocument.Parse(parts[2]).RootElement);
}
