namespace AmqpBroker.Simulation;

/// <summary>One entry of x-death.</summary>
internal sealed record ModelDeath(
    string Queue, string Reason, int Count, long TimeSeconds, string Exchange, string[] Keys, string? OriginalExpiration);

/// <summary>A message as its publisher sent it, or as dying has changed it. Never changes.</summary>
internal sealed record ModelMessage(int Id, int Length, string Exchange, string Key)
{
    internal bool Persistent { get; init; }

    internal int? Priority { get; init; }

    internal string? Expiration { get; init; }

    internal string[] Cc { get; init; } = [];

    /// <summary>Further keys that no receiver sees.</summary>
    internal string[] Bcc { get; init; } = [];

    /// <summary>The header that headers exchanges look at.</summary>
    internal string? Header { get; init; }

    /// <summary>The newest first; each death turns the others round, as it does in RabbitMQ.</summary>
    internal ModelDeath[] Deaths { get; init; } = [];

    internal ModelDeath? FirstDeath { get; init; }

    /// <summary>The last one, and the exchange that it had come from then.</summary>
    internal (string Queue, string Reason, string Exchange) LastDeath { get; init; }

    /// <summary>Letters of one command that stem from the same message have the same number; 0 for what was published.</summary>
    internal long Cascade { get; init; }

    internal string[] RoutingKeys => [Key, .. Cc, .. Bcc];

    /// <summary>The headers as <see cref="HeaderText"/> writes those that a client received.</summary>
    /// <param name="returns">The delivery count, where it is told.</param>
    internal string Headers(int? returns)
    {
        var fields = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (Header is not null)
        {
            fields["h"] = $"S:{Header}";
        }

        if (Cc.Length > 0)
        {
            fields["CC"] = HeaderText.Array(Cc.Select(k => $"S:{k}"));
        }

        if (returns is { } count)
        {
            fields["x-delivery-count"] = $"l:{count}";
            if (count > 0)
            {
                fields["x-acquired-count"] = $"l:{count}";
            }
        }

        if (FirstDeath is { } first)
        {
            fields["x-first-death-exchange"] = $"S:{first.Exchange}";
            fields["x-first-death-queue"] = $"S:{first.Queue}";
            fields["x-first-death-reason"] = $"S:{first.Reason}";
            fields["x-last-death-exchange"] = $"S:{LastDeath.Exchange}";
            fields["x-last-death-queue"] = $"S:{LastDeath.Queue}";
            fields["x-last-death-reason"] = $"S:{LastDeath.Reason}";
            fields["x-death"] = HeaderText.Array(Deaths.Select(Text));
        }

        return HeaderText.Table(fields);
    }

    /// <summary>The dead letter that it becomes.</summary>
    internal ModelMessage Die(QueueSpec queue, string reason, long nowMs)
    {
        ModelDeath? known = Deaths.FirstOrDefault(d => d.Queue == queue.Name && d.Reason == reason);
        ModelDeath death = known is null
            ? new ModelDeath(queue.Name, reason, 1, nowMs / 1000, Exchange, [Key, .. Cc], Expiration)
            : known with { Count = known.Count + 1 };
        bool rerouted = queue.DeadLetterKey is not null;
        return this with
        {
            Exchange = queue.DeadLetterExchange!,
            Key = queue.DeadLetterKey ?? Key,
            Cc = rerouted ? [] : Cc,
            Bcc = rerouted ? [] : Bcc,
            Expiration = null,
            Deaths = [death, .. Deaths.Reverse().Where(d => d != known)],
            FirstDeath = FirstDeath ?? death,
            LastDeath = (queue.Name, reason, Exchange),
        };
    }

    /// <summary>It has been in the queue before, and nobody has rejected it since: it would go round for ever.</summary>
    internal bool GoesRoundTo(string queue)
    {
        int at = Array.FindIndex(Deaths, d => d.Queue == queue);
        return at >= 0 && !Deaths[..(at + 1)].Any(d => d.Reason == "rejected");
    }

    private static string Text(ModelDeath death)
    {
        var fields = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["count"] = $"l:{death.Count}",
            ["exchange"] = $"S:{death.Exchange}",
            ["queue"] = $"S:{death.Queue}",
            ["reason"] = $"S:{death.Reason}",
            ["routing-keys"] = HeaderText.Array(death.Keys.Select(k => $"S:{k}")),
            ["time"] = $"T:{death.TimeSeconds}",
        };
        if (death.OriginalExpiration is { } expiration)
        {
            fields["original-expiration"] = $"S:{expiration}";
        }

        return HeaderText.Table(fields);
    }
}
