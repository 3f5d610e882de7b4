namespace AmqpBroker.Differential.Duels;

/// <summary>
/// The words of scripts that are run as duels; the first argument is the channel's number. Names of queues and exchanges are
/// the script's own, also as arguments and in CC and BCC. A step that has nothing to act on does nothing.
/// </summary>
internal static partial class Steps
{
    public static Step Declare(
        int ch, string queue, bool durable = false, bool exclusive = false, bool autoDelete = false, bool noWait = false, (string, object?)[]? args = null) =>
        new(
            $"{new Code(nameof(Declare), ch, queue).With("durable", durable).With("exclusive", exclusive).With("autoDelete", autoDelete).With("noWait", noWait).With("args", args)}",
            stage =>
            {
                Actor actor = stage.Channel(ch);
                string made = actor.Ch.Declare(queue, durable, exclusive, autoDelete, noWait: noWait, args: OwnNames(stage, args));
                stage.NoteQueue(queue, exclusive && made.Length > 0 ? ch : null);
            });

    public static Step Passive(int ch, string queue) =>
        new($"{new Code(nameof(Passive), ch, queue)}", stage => stage.Channel(ch).Ch.Passive(queue));

    public static Step DeclareExchange(
        int ch, string exchange, string type, bool durable = false, bool autoDelete = false, bool @internal = false, bool passive = false, bool noWait = false,
        (string, object?)[]? args = null) =>
        new(
            $"{new Code(nameof(DeclareExchange), ch, exchange, type).With("durable", durable).With("autoDelete", autoDelete).With("@internal", @internal).With("passive", passive).With("noWait", noWait).With("args", args)}",
            stage =>
            {
                stage.NoteExchange(exchange);
                stage.Channel(ch).Ch.Exchange(exchange, type, durable, autoDelete, @internal, passive, noWait, OwnNames(stage, args));
            });

    public static Step Bind(int ch, string queue, string exchange, string key, (string, object?)[]? args = null) =>
        new($"{new Code(nameof(Bind), ch, queue, exchange, key).With("args", args)}", stage => stage.Channel(ch).Ch.Bind(queue, exchange, key, args: args));

    public static Step Unbind(int ch, string queue, string exchange, string key, (string, object?)[]? args = null) =>
        new($"{new Code(nameof(Unbind), ch, queue, exchange, key).With("args", args)}", stage => stage.Channel(ch).Ch.Unbind(queue, exchange, key, args));

    public static Step BindExchange(int ch, string destination, string source, string key, (string, object?)[]? args = null) =>
        new(
            $"{new Code(nameof(BindExchange), ch, destination, source, key).With("args", args)}",
            stage => stage.Channel(ch).Ch.BindExchange(destination, source, key, args));

    public static Step UnbindExchange(int ch, string destination, string source, string key, (string, object?)[]? args = null) =>
        new(
            $"{new Code(nameof(UnbindExchange), ch, destination, source, key).With("args", args)}",
            stage => stage.Channel(ch).Ch.UnbindExchange(destination, source, key, args));

    public static Step Delete(int ch, string queue, bool ifUnused = false, bool ifEmpty = false, bool noWait = false) =>
        new(
            $"{new Code(nameof(Delete), ch, queue).With("ifUnused", ifUnused).With("ifEmpty", ifEmpty).With("noWait", noWait)}",
            stage => stage.Channel(ch).Ch.Delete(queue, ifUnused, ifEmpty, noWait));

    public static Step DeleteExchange(int ch, string exchange, bool ifUnused = false) =>
        new($"{new Code(nameof(DeleteExchange), ch, exchange).With("ifUnused", ifUnused)}", stage => stage.Channel(ch).Ch.DeleteExchange(exchange, ifUnused));

    public static Step Purge(int ch, string queue) => new($"{new Code(nameof(Purge), ch, queue)}", stage => stage.Channel(ch).Ch.Purge(queue));

    /// <summary>Opens and closes the channel.</summary>
    public static Step Close(int ch) => new($"{new Code(nameof(Close), ch)}", stage => stage.Channel(ch).Ch.Close());

    /// <summary>Closes the connection of a channel in order.</summary>
    public static Step CloseConnection(int ch) => new($"{new Code(nameof(CloseConnection), ch)}", stage => stage.EndConnection(ch, inOrder: true));

    /// <summary>Closes the socket under a channel without a word.</summary>
    public static Step Drop(int ch) => new($"{new Code(nameof(Drop), ch)}", stage => stage.EndConnection(ch, inOrder: false));

    /// <summary>Closes all connections, so that all that is unacknowledged comes back.</summary>
    public static Step CloseAll() => new($"{new Code(nameof(CloseAll))}", stage => stage.EndAllConnections());

    /// <summary>Fetches all that a queue still holds, on a connection of its own.</summary>
    public static Step Drain(string queue) => new($"{new Code(nameof(Drain), queue)}", stage => stage.Drain(queue));

    /// <summary>Arguments that name exchanges and queues, with the script's own names.</summary>
    private static (string, object?)[]? OwnNames(Stage stage, (string Name, object? Value)[]? args)
    {
        bool isDefaultExchange = args?.Any(a => a is ("x-dead-letter-exchange", "")) == true;
        return args?.Select(a => (a.Name, (a.Name, a.Value) switch
        {
            ("x-dead-letter-exchange" or "alternate-exchange", string name) => stage[name],
            ("x-dead-letter-routing-key", string queue) when isDefaultExchange => stage[queue],
            _ => a.Value,
        })).ToArray();
    }
}
