namespace AmqpBroker.Simulation;

/// <summary>What a step of a run does. The numbers that come with it choose among what there is when it runs.</summary>
internal enum StepKind
{
    Publish,
    Consume,
    Cancel,
    Get,
    Ack,
    AckMultiple,
    Nack,
    NackMultiple,
    Reject,
    Qos,
    Recover,
    Commit,
    Rollback,
    CloseChannel,
    FailChannel,
    DropConnection,
    CloseConnection,
    Purge,
    DeleteQueue,
    DeclareMissing,
    Rebind,
    Advance,
    ReadOrNot,
    Sync,
    Crash,
    Stop,
    FailDisk,
    FillDisk,
    CompareStores,
    Count,
}

/// <summary>
/// One step. It means something in every state, so that a run stays a run when steps are cut out of it: numbers are taken
/// modulo what there is, and a step without an object does nothing.
/// </summary>
internal readonly record struct Step(StepKind Kind, int Who, int What, int How)
{
    /// <summary>Reads what <see cref="ToString"/> has written.</summary>
    internal static Step Parse(string text)
    {
        string[] words = text.Split(' ');
        int Number(int at) => int.Parse(words[at], System.Globalization.CultureInfo.InvariantCulture);
        return new Step(Enum.Parse<StepKind>(words[0]), Number(1), Number(2), Number(3));
    }

    public override string ToString() => $"{Kind} {Who} {What} {How}";

    private static readonly (StepKind Kind, int Weight)[] Weights =
    [
        (StepKind.Publish, 30),
        (StepKind.Consume, 8),
        (StepKind.Cancel, 2),
        (StepKind.Get, 10),
        (StepKind.Ack, 12),
        (StepKind.AckMultiple, 5),
        (StepKind.Nack, 6),
        (StepKind.NackMultiple, 4),
        (StepKind.Reject, 7),
        (StepKind.Qos, 5),
        (StepKind.Recover, 1),
        (StepKind.Commit, 5),
        (StepKind.Rollback, 1),
        (StepKind.CloseChannel, 2),
        (StepKind.FailChannel, 1),
        (StepKind.DropConnection, 1),
        (StepKind.CloseConnection, 1),
        (StepKind.Purge, 1),
        (StepKind.DeleteQueue, 1),
        (StepKind.DeclareMissing, 3),
        (StepKind.Rebind, 2),
        (StepKind.Advance, 6),
        (StepKind.ReadOrNot, 1),
        (StepKind.Sync, 12),
        (StepKind.Crash, 1),
        (StepKind.Stop, 1),
        (StepKind.FailDisk, 1),
        (StepKind.FillDisk, 2),
        (StepKind.CompareStores, 1),
        (StepKind.Count, 3),
    ];

    private static readonly int TotalWeight = Weights.Sum(w => w.Weight);

    /// <summary>The steps of a seed.</summary>
    internal static Step[] Generate(int seed, int count)
    {
        var random = new Random(seed);
        var steps = new Step[count];
        for (int i = 0; i < count; i++)
        {
            int pick = random.Next(TotalWeight);
            int kind = 0;
            while (pick >= Weights[kind].Weight)
            {
                pick -= Weights[kind++].Weight;
            }

            steps[i] = new Step(Weights[kind].Kind, random.Next(1 << 16), random.Next(1 << 16), random.Next(1 << 16));
        }

        return steps;
    }
}
