using System.Text;
using System.Text.RegularExpressions;

namespace AmqpBroker.Differential.Duels;

/// <summary>
/// What came on the channels in one step, without the order that RabbitMQ leaves open: the queues' deliveries, the cancels
/// and the answers reach a channel from different processes. Kept is the order of the answers, and of each consumer's deliveries.
/// Left out are deliveries on what ends in the step: RabbitMQ ends a connection's channels, and a channel's consumers, one after
/// the other, and gives what one held to another until that ends too.
/// </summary>
internal static partial class Hearing
{
    public static string Print(IEnumerable<(string Channel, IReadOnlyList<string> Lines)> heard)
    {
        StringBuilder text = new();
        (string Channel, IReadOnlyList<string> Lines)[] all = [.. heard];
        HashSet<string> ended = [.. all.Where(c => c.Lines.Any(l => l.StartsWith("connection.close", StringComparison.Ordinal))).Select(c => Connection(c.Channel))];
        foreach ((string channel, IReadOnlyList<string> lines) in all)
        {
            bool isOver = ended.Contains(Connection(channel)) || lines.Any(l => l.StartsWith("channel.close", StringComparison.Ordinal));
            foreach (IGrouping<string, string> stream in lines.GroupBy(Stream).Where(g => !isOver || g.Key.Length == 0).OrderBy(g => g.Key, StringComparer.Ordinal))
            {
                foreach (string line in stream)
                {
                    text.Append(channel).Append(" < ").Append(DeliveryTag().Replace(line, "$1")).Append('\n');
                }
            }
        }

        return text.ToString();
    }

    private static string Connection(string channel) => channel[..channel.IndexOf(',', StringComparison.Ordinal)];

    private static string Stream(string line) =>
        line.StartsWith("basic.deliver ", StringComparison.Ordinal) || line.StartsWith("basic.cancel ", StringComparison.Ordinal)
            ? "~" + line[..line.IndexOf('"', line.IndexOf('"', StringComparison.Ordinal) + 1)]
            : "";

    /// <summary>Several queues' deliveries of one step come in any order: their numbers say nothing.</summary>
    [GeneratedRegex("^(basic.deliver consumer-tag=\"[^\"]*\") delivery-tag=[0-9]+")]
    private static partial Regex DeliveryTag();
}
