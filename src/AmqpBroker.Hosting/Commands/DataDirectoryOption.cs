using System.CommandLine;

namespace AmqpBroker.Hosting.Commands;

/// <summary>The data directory, as the broker itself is told of it: by the command line or the environment.</summary>
internal sealed class DataDirectoryOption
{
    private const string Variable = "AMQPBROKER_DATA_DIR";

    public Option<string?> Option { get; } = new("--data-dir")
    {
        Description = $"The broker's data directory. Default: {Variable}, or ./data.",
        HelpName = "DIR",
    };

    /// <summary>Its full path.</summary>
    public string Read(ParseResult parsed) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(parsed.GetValue(Option) ?? Environment.GetEnvironmentVariable(Variable) ?? new AmqpBrokerOptions().DataDirectory));
}
