using System.Diagnostics;
using AmqpBroker.Protocol;

namespace AmqpBroker.Fuzz;

/// <summary>Something that takes any bytes and may only fail with an exception of the protocol.</summary>
/// <param name="Name">For reports.</param>
/// <param name="Corpus">Good inputs to begin with.</param>
/// <param name="Run">Decodes, and checks what must hold of what it decoded.</param>
internal sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Corpus, Action<byte[]> Run);

/// <summary>How a run went.</summary>
internal sealed record FuzzReport(int Seed, long Inputs, long Accepted, string? Failure)
{
    public override string ToString() =>
        $"seed {Seed}: {Inputs} inputs, {Accepted} accepted, {Inputs - Accepted} refused{(Failure is null ? "" : $"\nFAILED {Failure}")}";
}

/// <summary>Gives mutated inputs to targets in turn until the time is over or one fails.</summary>
internal static class Fuzzer
{
    /// <summary>A decoder that allocates more than this for one input can be made to exhaust the memory.</summary>
    private const long AllowedBytes = 256 * 1024;

    /// <summary>Besides, what an input of this many bytes may cost for each of them: parsed, copied and printed.</summary>
    private const long AllowedBytesPerByte = 400;

    public static FuzzReport Run(IReadOnlyList<FuzzTarget> targets, int seed, TimeSpan time)
    {
        var random = new Random(seed);
        var mutators = targets.Select(t => new Mutator(random, t.Corpus)).ToArray();
        var clock = Stopwatch.StartNew();
        long inputs = 0;
        long accepted = 0;
        while (clock.Elapsed < time)
        {
            int next = (int)(inputs++ % targets.Count);
            FuzzTarget target = targets[next];
            byte[] input = mutators[next].Mutate(target.Corpus[random.Next(target.Corpus.Count)]);
            if (Try(target, input, ref accepted) is { } failure)
            {
                return new FuzzReport(seed, inputs, accepted, failure);
            }
        }

        return new FuzzReport(seed, inputs, accepted, null);
    }

    private static string? Try(FuzzTarget target, byte[] input, ref long accepted)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Run(input);
            accepted++;
        }
        catch (ProtocolException)
        {
            // What a bad input is to end in.
        }
        catch (Exception fault)
        {
            return Describe(target, input, fault.ToString());
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return allocated > AllowedBytes + (AllowedBytesPerByte * input.Length)
            ? Describe(target, input, $"{allocated} bytes allocated for {input.Length}")
            : null;
    }

    private static string Describe(FuzzTarget target, byte[] input, string what) =>
        $"target {target.Name}, input {Convert.ToHexString(input)}\n{what}";
}
