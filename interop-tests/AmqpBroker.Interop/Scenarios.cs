namespace AmqpBroker.Interop;

/// <summary>The scenarios that every client program knows by these names. What each must show stands in <c>interop-tests/README.md</c>.</summary>
internal static class Scenarios
{
    public const string ReconnectAfterRestart = "reconnect_after_restart";

    public static IReadOnlyList<string> All { get; } =
    [
        "work_queue",
        "publish_subscribe",
        "routing",
        "topics",
        "headers",
        "rpc_direct_reply_to",
        "confirms",
        "returns",
        "dead_letter_retry",
        "transactions",
        "large_bodies",
        "properties_and_headers",
        ReconnectAfterRestart,
    ];

    /// <summary>How long a client may take, its start included: far above the second or two that is usual, to allow for a busy machine.</summary>
    public static TimeSpan Timeout(string scenario) =>
        TimeSpan.FromSeconds(scenario == ReconnectAfterRestart ? 120 : 60);
}
