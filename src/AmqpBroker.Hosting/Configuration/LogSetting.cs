using Microsoft.Extensions.Logging;

namespace AmqpBroker.Hosting.Configuration;

/// <summary>How much is logged: set like any other thing, but it belongs to the process and not to the broker.</summary>
internal static class LogSetting
{
    public const string Name = "log-level";

    public const string Variable = "AMQPBROKER_LOG_LEVEL";

    public const string Help = "What is logged: trace, debug, information, warning, error, critical or none. Default: information.";

    /// <exception cref="SettingException">Not a level.</exception>
    public static LogLevel Parse(string value) => value switch
    {
        "trace" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        "information" or "info" => LogLevel.Information,
        "warning" => LogLevel.Warning,
        "error" => LogLevel.Error,
        "critical" => LogLevel.Critical,
        "none" => LogLevel.None,
        _ => throw new SettingException($"--{Name} is one of trace, debug, information, warning, error, critical and none, not '{value}'"),
    };
}
