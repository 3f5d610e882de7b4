namespace AmqpBroker.Fuzz;

public sealed class FuzzTests
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(5);

    [Fact]
    public void Decoders_answer_any_bytes_with_a_value_or_a_protocol_error()
    {
        FuzzReport report = Fuzzer.Run(Targets.All, Random.Shared.Next(), s_bound);
        Assert.True(report.Failure is null, report.ToString());
        Assert.InRange(report.Inputs, 1_000, long.MaxValue);
        Assert.InRange(report.Accepted, report.Inputs / 20, report.Inputs);
    }

    [Fact]
    public void Unchanged_inputs_are_all_accepted()
    {
        foreach (FuzzTarget target in Targets.All.Where(t => t.Name != "methods"))
        {
            foreach (byte[] input in target.Corpus)
            {
                target.Run(input);
            }
        }
    }

    [Fact]
    public void A_planted_fault_is_found_and_told_with_its_input()
    {
        var faulty = new FuzzTarget("faulty", [[1, 2, 3, 4]], input => _ = input[3]);
        FuzzReport report = Fuzzer.Run([faulty], seed: 1, s_bound);
        Assert.Contains("target faulty, input ", report.Failure);
        Assert.Contains(nameof(IndexOutOfRangeException), report.Failure);
    }

    [Fact]
    public void Waste_of_memory_is_found()
    {
        var wasteful = new FuzzTarget("wasteful", [[1]], input => _ = new byte[10_000_000]);
        Assert.Contains("bytes allocated", Fuzzer.Run([wasteful], seed: 1, s_bound).Failure);
    }
}
