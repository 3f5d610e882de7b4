using System.Text;
using Xunit;

namespace AmqpBroker.Interop.MassTransit;

/// <summary>Writes the bus's log to the output of the test that is running, where a failure shows it.</summary>
internal sealed class TestOutputWriter : TextWriter
{
    private readonly ITestOutputHelper? _output = TestContext.Current.TestOutputHelper;

    public override Encoding Encoding => Encoding.UTF8;

    public override void WriteLine(string? value)
    {
        try
        {
            _output?.WriteLine(value ?? "");
        }
        catch (InvalidOperationException)
        {
            // The bus logs its stop after the test has ended, when there is no output any more.
        }
    }
}
