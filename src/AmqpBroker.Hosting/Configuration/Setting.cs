namespace AmqpBroker.Hosting.Configuration;

/// <summary>
/// One thing that can be set: by <c>--name</c> on the command line, by the environment variable
/// <c>AMQPBROKER_NAME</c>, or by <c>name</c> in the configuration file, in this order of precedence.
/// </summary>
/// <param name="Name">As on the command line, without the dashes.</param>
/// <param name="Placeholder">What stands for the value in the help.</param>
/// <param name="Help">One sentence, with the default.</param>
/// <param name="Apply">Takes the values (one, unless <paramref name="IsList"/>) over; throws <see cref="SettingException"/>.</param>
/// <param name="IsList">May be given several times; separated by commas in an environment variable, an array in the file.</param>
/// <param name="OtherVariable">An environment variable that others use for the same, asked after our own.</param>
internal sealed record Setting(
    string Name,
    string Placeholder,
    string Help,
    Func<AmqpBrokerOptions, IReadOnlyList<string>, AmqpBrokerOptions> Apply,
    bool IsList = false,
    string? OtherVariable = null)
{
    /// <summary>The environment variable.</summary>
    public string Variable => "AMQPBROKER_" + Name.ToUpperInvariant().Replace('-', '_');
}
