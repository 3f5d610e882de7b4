namespace AmqpBroker.Simulation;

/// <summary>Exchanges and bindings, and the plainest way to find the queues of a message.</summary>
internal sealed class ModelRouter
{
    internal Dictionary<string, ExchangeSpec> Exchanges { get; } = [];

    internal List<BindingSpec> Bindings { get; } = [];

    /// <summary>The names of the queues, each once.</summary>
    internal List<string> Route(string exchange, ModelMessage message, Func<string, bool> queueExists)
    {
        if (exchange.Length == 0)
        {
            return [.. message.RoutingKeys.Where(queueExists).Distinct()];
        }

        var queues = new List<string>();
        var seen = new List<string> { exchange };
        for (int i = 0; i < seen.Count; i++)
        {
            BindingSpec[] matching = [.. Bindings.Where(b => b.Source == seen[i] && Matches(b, message))];
            foreach (BindingSpec binding in matching)
            {
                List<string> found = binding.ToExchange ? seen : queues;
                if (!found.Contains(binding.Destination))
                {
                    found.Add(binding.Destination);
                }
            }

            if (matching.Length == 0 && Exchanges[seen[i]].Alternate is { } alternate
                && Exchanges.ContainsKey(alternate) && !seen.Contains(alternate))
            {
                seen.Add(alternate);
            }
        }

        return queues;
    }

    internal bool Survives(BindingSpec binding, Func<string, bool> queueSurvives) =>
        Exchanges[binding.Source].Durable
        && (binding.ToExchange ? Exchanges[binding.Destination].Durable : queueSurvives(binding.Destination));

    private bool Matches(BindingSpec binding, ModelMessage message) => Exchanges[binding.Source].Type switch
    {
        "fanout" => true,
        "direct" => message.RoutingKeys.Contains(binding.Key),
        "topic" => message.RoutingKeys.Any(k => MatchesTopic(Words(binding.Key), Words(k))),
        _ => MatchesHeader(binding.Arguments, message.Header),
    };

    private static string[] Words(string key) => key.Length == 0 ? [] : key.Split('.');

    private static bool MatchesTopic(ReadOnlySpan<string> pattern, ReadOnlySpan<string> words)
    {
        if (pattern.IsEmpty)
        {
            return words.IsEmpty;
        }

        if (pattern[0] == "#")
        {
            return MatchesTopic(pattern[1..], words) || (!words.IsEmpty && MatchesTopic(pattern, words[1..]));
        }

        return !words.IsEmpty && (pattern[0] == "*" || pattern[0] == words[0]) && MatchesTopic(pattern[1..], words[1..]);
    }

    /// <summary>No message has the header g, so that of two wanted headers one is never there.</summary>
    private static bool MatchesHeader(string arguments, string? header) => arguments switch
    {
        "h=V" => header is not null,
        _ => header is not null && arguments.Contains($"h=S:{header}", StringComparison.Ordinal),
    };
}
