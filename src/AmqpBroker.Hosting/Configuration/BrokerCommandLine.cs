using System.CommandLine;
using AmqpBroker.Hosting.Commands;
using Microsoft.Extensions.Logging;

namespace AmqpBroker.Hosting.Configuration;

/// <summary>The command line, made from the list of settings.</summary>
internal sealed class BrokerCommandLine
{
    private const string Description =
        """
        An AMQP 0-9-1 broker that RabbitMQ clients use unchanged.

        Everything below can also be set by an environment variable, AMQPBROKER_ and the name in capitals with _ for -
        (AMQPBROKER_DATA_DIR; lists separated by commas), or in a configuration file: one JSON object with the names as
        keys ({ "listen": ["0.0.0.0:5672"], "durability": "os" }). The command line goes before the environment, the
        environment before the file. RABBITMQ_DEFAULT_USER, _PASS and _VHOST are understood as well.
        """;

    private readonly Dictionary<string, Option<string[]>> _options = [];
    private readonly Option<string?> _config = new("--config") { Description = "A configuration file.", HelpName = "FILE" };
    private readonly Option<string?> _logLevel = new("--" + LogSetting.Name) { Description = LogSetting.Help, HelpName = "LEVEL" };
    private readonly RootCommand _command = new(Description);

    public BrokerCommandLine()
    {
        foreach (Setting setting in Settings.All)
        {
            var option = new Option<string[]>("--" + setting.Name)
            {
                Description = setting.Help,
                HelpName = setting.Placeholder,
                Arity = ArgumentArity.OneOrMore,
                AllowMultipleArgumentsPerToken = false,
            };
            _options.Add(setting.Name, option);
            _command.Options.Add(option);
        }

        _command.Options.Add(_config);
        _command.Options.Add(_logLevel);
        _command.Subcommands.Add(BackupCommand.Create());
        _command.Subcommands.Add(RestoreCommand.Create());
        _command.Subcommands.Add(CheckCommand.Create());
    }

    /// <summary>Runs <paramref name="run"/> with what was set, or prints the help or the version.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(string[] args, Func<AmqpBrokerOptions, LogLevel, Task<int>> run)
    {
        _command.SetAction(async (result, _) =>
        {
            AmqpBrokerOptions options;
            LogLevel level;
            try
            {
                (options, level) = Read(result);
            }
            catch (SettingException e)
            {
                return await FailAsync(e.Message).ConfigureAwait(false);
            }

            return await run(options, level).ConfigureAwait(false);
        });
        ParseResult parsed = _command.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            return await FailAsync(parsed.Errors[0].Message).ConfigureAwait(false);
        }

        // The host handles the signals that end the process, and waits for what they end.
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }).ConfigureAwait(false);
    }

    private (AmqpBrokerOptions Options, LogLevel Level) Read(ParseResult result)
    {
        string? path = result.GetValue(_config) ?? Environment.GetEnvironmentVariable("AMQPBROKER_CONFIG");
        IReadOnlyDictionary<string, IReadOnlyList<string>> file =
            path is null ? new Dictionary<string, IReadOnlyList<string>>() : SettingValues.ReadFile(path);
        AmqpBrokerOptions options = SettingValues.Resolve(
            name => result.GetValue(_options[name]) ?? [], Environment.GetEnvironmentVariable, file);
        string? level = result.GetValue(_logLevel)
            ?? Environment.GetEnvironmentVariable(LogSetting.Variable)
            ?? (file.TryGetValue(LogSetting.Name, out IReadOnlyList<string>? values) ? values[0] : null);
        return (options, level is null ? LogLevel.Information : LogSetting.Parse(level));
    }

    private static async Task<int> FailAsync(string message)
    {
        await Console.Error.WriteLineAsync($"amqpbroker: {message}").ConfigureAwait(false);
        return ExitCodes.BadOption;
    }
}
