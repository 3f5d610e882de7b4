using AmqpBroker.Core.Brokers;

namespace AmqpBroker.Core.Snapshots;

/// <summary>A parameter of a component in a virtual host.</summary>
/// <param name="VirtualHost">Where it is.</param>
/// <param name="Component">What it is for.</param>
/// <param name="Name">Its name.</param>
/// <param name="Json">Its value.</param>
public sealed record ParameterInfo(string VirtualHost, string Component, string Name, string Json);

/// <summary>A parameter of the whole server.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Json">Its value.</param>
public sealed record GlobalParameterInfo(string Name, string Json);

/// <summary>Parameters as they were at one moment, in order of their names. Any thread.</summary>
public sealed class ParametersView
{
    private readonly AccountsState _state;

    internal ParametersView(AccountsState state) => _state = state;

    /// <summary>Those of components.</summary>
    public IReadOnlyList<ParameterInfo> All =>
    [
        .. _state.Parameters
            .Select(static p => new ParameterInfo(
                Capture.Text(p.Key.VirtualHost), Capture.Text(p.Key.Component), Capture.Text(p.Key.Name), p.Value))
            .OrderBy(static p => p.VirtualHost, StringComparer.Ordinal).ThenBy(static p => p.Component, StringComparer.Ordinal)
            .ThenBy(static p => p.Name, StringComparer.Ordinal),
    ];

    /// <summary>Those of the whole server.</summary>
    public IReadOnlyList<GlobalParameterInfo> Globals =>
    [
        .. _state.GlobalParameters.Select(static p => new GlobalParameterInfo(Capture.Text(p.Key), p.Value))
            .OrderBy(static p => p.Name, StringComparer.Ordinal),
    ];

    /// <summary>The one of this name; null if there is none.</summary>
    public GlobalParameterInfo? FindGlobal(string name) =>
        BrokerView.ToShortString(name) is { } key && _state.GlobalParameters.TryGetValue(key, out string? json)
            ? new GlobalParameterInfo(name, json)
            : null;
}
