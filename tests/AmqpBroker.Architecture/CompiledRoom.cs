using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace AmqpBroker.Architecture;

/// <summary>The compiled assembly of a room, read from next to these tests: what it really refers to.</summary>
internal sealed class CompiledRoom : IDisposable
{
    private readonly PEReader _file;
    private readonly MetadataReader _metadata;

    public CompiledRoom(string room)
    {
        _file = new PEReader(File.OpenRead(PathOf(room)));
        _metadata = _file.GetMetadataReader();
    }

    /// <summary>The other rooms that this one's code refers to.</summary>
    public IEnumerable<string> Rooms => _metadata.AssemblyReferences
        .Select(handle => _metadata.GetString(_metadata.GetAssemblyReference(handle).Name))
        .Where(Architecture.Rooms.All.Contains);

    /// <summary>Full names of the types of another room that this one's code refers to.</summary>
    public IEnumerable<string> TypesOf(string room) => _metadata.TypeReferences
        .Select(_metadata.GetTypeReference)
        .Where(type => type.ResolutionScope.Kind == HandleKind.AssemblyReference
            && _metadata.GetString(_metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name) == room)
        .Select(type => $"{_metadata.GetString(type.Namespace)}.{_metadata.GetString(type.Name)}");

    public void Dispose() => _file.Dispose();

    /// <summary>
    /// Full names of a room's public interfaces, of the types that their members speak of, of what these speak of in turn,
    /// and of the exceptions. A class that implements one of the interfaces is none of them unless a member names it.
    /// </summary>
    public static IReadOnlySet<string> InterfaceTypesOf(string room)
    {
        Assembly assembly = Assembly.LoadFrom(PathOf(room));
        var found = new HashSet<Type>();
        var open = new Stack<Type>(assembly.GetExportedTypes().Where(type => type.IsInterface || type.IsSubclassOf(typeof(Exception))));
        while (open.TryPop(out Type? type))
        {
            type = type.HasElementType ? type.GetElementType()! : type;
            foreach (Type argument in type.IsGenericType ? type.GetGenericArguments() : [])
            {
                open.Push(argument);
            }
            if (type.Assembly == assembly && found.Add(type.IsGenericType ? type.GetGenericTypeDefinition() : type))
            {
                foreach (Type mentioned in MentionedBy(type))
                {
                    open.Push(mentioned);
                }
            }
        }
        return found.Select(type => $"{type.Namespace}.{type.Name}").ToHashSet();
    }

    private static IEnumerable<Type> MentionedBy(Type type) => type
        .GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        .SelectMany(member => member switch
        {
            MethodInfo method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType),
            FieldInfo field => [field.FieldType],
            _ => Enumerable.Empty<Type>(),
        });

    private static string PathOf(string room)
    {
        XElement? named = XDocument.Parse(Repository.Read(Architecture.Rooms.ProjectFile(room))).Descendants("AssemblyName").FirstOrDefault();
        return Path.Combine(AppContext.BaseDirectory, (named?.Value ?? room) + ".dll");
    }
}
