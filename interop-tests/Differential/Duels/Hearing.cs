using System.Text;
using System.Text.RegularExpressions;

namespace AmqpBroker.Differential.Duels;

/// <summary>
/// What came on the channels in one step, without the order that RabbitMQ leaves open: the queues' deliveries, the cancels
/// and the answers reach a channel from different processes. Kept is the order of the answers, and for each consumer that of its
/// deliveries and of what the queue says of its begin and end. Left out is what queues send to what ends in the step: RabbitMQ ends a
/// connection's channels, and a channel's consumers, one after the other, and gives what one held to another until that ends too.
/// </summary>
internal static partial class Hearing
{
    private const string Return = "return";

    public static string Print(IEnumerable<(string Channel, IReadOnlyList<string> Lines)> heard)
    {
        StringBuilder text = new();
        (string Channel, IReadOnlyList<string> Lines)[] all = [.. heard];
        HashSet<string> ended = [.. all.Where(c => c.Lines.Any(l => l.StartsWith("connection.close", StringComparison.Ordinal))).Select(c => Connection(c.Channel))];
        foreach ((string channel, IReadOnlyList<string> lines) in all)
        {
            bool isOver = ended.Contains(Connection(channel)) || lines.Any(l => l.StartsWith("channel.close", StringComparison.Ordinal));
            bool delivers = lines.Any(l => l.StartsWith("basic.deliver ", StringComparison.Ordinal));
            foreach (IGrouping<string, string> stream in lines.GroupBy(Stream).Where(g => !isOver || g.Key is "" or Return).OrderBy(g => g.Key, StringComparer.Ordinal))
            {
                foreach (string line in stream)
                {
                    text.Append(channel).Append(" < ").Append(delivers ? DeliveryTag().Replace(line, "$1") : line).Append('\n');
                }
            }
        }

        return text.ToString();
    }

    private static string Connection(string channel) => channel.Split(',')[0];

    private static string Stream(string line) =>
        OfQueue().Match(line) is { Success: true } own ? $"{own.Groups[2]} {own.Groups[1].Value == "basic.cancel"}"
        : line.StartsWith("basic.return ", StringComparison.Ordinal) ? Return // may go before an answer that waits for the disk
        : "";

    /// <summary>What a queue sends to a consumer's channel; that the queue went is another process's word.</summary>
    [GeneratedRegex("^(basic.deliver|basic.consume-ok|basic.cancel-ok|basic.cancel) consumer-tag=(\"[^\"]*\")")]
    private static partial Regex OfQueue();

    /// <summary>Several queues' deliveries of one step come in any order: their numbers say nothing, nor does that of what is fetched between.</summary>
    [GeneratedRegex("^(basic.deliver consumer-tag=\"[^\"]*\"|basic.get-ok) delivery-tag=[0-9]+")]
    private static partial Regex DeliveryTag();
}
