//! Cases in generator form.

use eqt_codegen::emit::rust::{emit, emit_commented, format};
use eqt_codegen::{CompiledMap, Extent, declaration_for};
use eqt_ir::basis::{Element, Options};
use eqt_ir::diagram::Evaluator;
use eqt_ir::exact::Random;
use eqt_ir::exact::tensor::Tensor;
use eqt_ir::map::{Coefficient, GeneratorForm, Map};
use eqt_ir::signature::{AxisId, Sizes, parse_signature};
use eqt_runtime::{Fp, Scalar};
use quote::quote;

use crate::case::{Types, default, numbers};

/// A signature, a bound, and the sizes it is run at.
pub(crate) struct Case {
    pub(crate) signature: &'static str,
    degree: Option<usize>,
    sizes: &'static [(&'static str, usize)],
    inputs: &'static [&'static str],
}

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    let case = |signature: &'static str, sizes: &'static [(&'static str, usize)]| Case {
        signature,
        degree: None,
        sizes,
        inputs: &[],
    };
    let sizes = &[("d", 3), ("n", 4), ("m", 2)];
    vec![
        case("O(3): S^3, S^3 -> S^3", &[]),
        case("SO(3): R^3, R^3, R^3 -> R", &[]),
        case("SO(3): R^3, R^3 -> R^3", &[]),
        case("SO(3): -> T^3(R^3)", &[]),
        case("O(1,3): R^4, R^4 -> T^2(R^4)", &[]),
        case("Sp(d): R^d, R^d -> S^d", &[("d", 4)]),
        Case { inputs: &["q", "cotangent", "dh"], ..case("O(d): R, R^d, R^d -> R^d", sizes) },
        case("O(d): (R^d)^n -> S^d", sizes),
        case("O(d) * S(n): (R^d)^n -> S^d", sizes),
        case("O(d) * S(4): (R^d)^4 -> (R^d)^4", sizes),
        case("O(d) * S(n): (R^d)^n -> (R^d)^n", sizes),
        case("SO(3) * S(n): (R^3)^n -> R^3", sizes),
        case("O(d) * S(n) * S(m): (R^d)^n, (R^d)^m, (R)^n -> T^2(R^d)", sizes),
        Case { degree: Some(2), ..case("O(3) * S(n): (S^3)^n -> R", sizes) },
    ]
}

/// The value of a member for every entry of its coefficient: `I_ij`, from the raw diagrams.
fn entries_of(elements: &[Element], program: &Map, sizes: &Sizes, inputs: &[Tensor]) -> Vec<Tensor> {
    let evaluator = Evaluator::new(&program.signature, sizes);
    let value = |(element, coefficient): (&Element, &Coefficient)| {
        let shape = sizes.shape(&coefficient.axes);
        if shape.is_empty() {
            return evaluator.evaluate(&element.diagram, inputs, None).expect("no budget");
        }
        let mut values = Tensor::zeros(shape.clone());
        for entry in 0..values.data.len() {
            let mut unit = Tensor::zeros(shape.clone());
            unit.data[entry] = Fp::ONE;
            values.data[entry] =
                evaluator.evaluate(&element.diagram, inputs, Some(&unit)).expect("no budget").data[0];
        }
        values
    };
    elements.iter().zip(&program.coefficients).map(value).collect()
}

/// Random coefficients.
fn draw(program: &Map, sizes: &Sizes, random: &mut Random) -> Vec<Tensor> {
    let tensor = |coefficient: &Coefficient| {
        let shape = sizes.shape(&coefficient.axes);
        Tensor::of_random_entries(shape, random)
    };
    program.coefficients.iter().map(tensor).collect()
}

/// The emitted source, and that of its check.
pub(crate) fn sources(case: &Case) -> (String, String) {
    let signature = parse_signature(case.signature).unwrap();
    let named: Vec<(String, usize)> =
        case.sizes.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect();
    let sizes = Sizes::sample(&signature, &named);
    let form = GeneratorForm::new(&signature, case.degree, Options::LIMIT).unwrap();
    let compiled = CompiledMap::of_generators(form.clone(), &sizes);
    let mut declaration = declaration_for(&signature, "map", sizes.clone()).unwrap();
    declaration.crate_path = quote!(::eqt_runtime);
    for (input, name) in declaration.inputs.iter_mut().zip(case.inputs) {
        *input = syn::parse_str(name).unwrap();
    }
    format(emit(&declaration, &compiled, &proc_macro2::TokenStream::new())).unwrap();
    let code = format(emit_commented(&declaration, &compiled)).unwrap();

    // The truth, from the raw diagrams.
    let mut random = Random::seeded(3);
    let layouts: Vec<_> = signature.inputs.iter().map(|input| input.space.layout()).collect();
    let mut inputs = || -> Vec<Tensor> {
        layouts.iter().map(|layout| Tensor::random(&signature, layout, &sizes, &mut random)).collect()
    };
    let (inputs, directions) = (inputs(), inputs());
    let (module, ring) = (&form.assembly, &form.invariants);
    let (q, q_direction) = (draw(module, &sizes, &mut random), draw(module, &sizes, &mut random));
    let cotangent = draw(ring, &sizes, &mut random);
    let output = sizes.shape(&signature.output.layout().slots);
    let dh = Tensor { data: random.fields(output.iter().product()), shape: output.clone() };
    let evaluator = Evaluator::new(&module.signature, &sizes);
    let mut value = Tensor::zeros(output);
    for (element, q) in form.generators.covariants.iter().zip(&q) {
        let free = !q.shape.is_empty();
        let term = evaluator.evaluate(&element.diagram, &inputs, free.then_some(q)).expect("no budget");
        value.add_scaled(if free { Fp::ONE } else { q.data[0] }, &term);
    }
    let invariants = entries_of(&form.generators.invariants, ring, &sizes, &inputs);

    // The check.
    let types = Types { signature: &signature, sizes: &sizes, extents: &declaration.extents };
    let array = |name: &str, values: &[Tensor]| format!("const {name}: &[u64] = &{:?};\n", numbers(values));
    let mut text = format!(
        "// {}\nuse eqt_runtime::*;\nuse eqt_runtime::__private::ndarray::{{self, Array}};\nuse crate::support::*;\n\
         mod code {{ include!(\"CODE_FILE\"); }}\nuse code::map as module;\n\
         type Number<'a, T> = &'a dyn Fn(usize, u64, u64) -> T;\n\n",
        case.signature
    );
    for (name, values) in [("Q", &q), ("DQ", &q_direction), ("DI", &cotangent), ("INVARIANTS", &invariants)] {
        text += &array(name, values);
    }
    text += &array("DH", std::slice::from_ref(&dh));
    text += &array("VALUE", std::slice::from_ref(&value));
    text += &format!("type Out<T> = {};\n", types.of(&signature.output));
    let view = |space: &eqt_ir::signature::Space| if types.is_vec(space) { "[..]" } else { "" };
    let made = |space: &eqt_ir::signature::Space, numbers: &str, directions: &str| {
        let target = if types.is_vec(space) { "&mut x[..]" } else { "&mut x" };
        format!(
            "x = {}; fill({target}, {numbers}, |k, v| number(k, v, {directions})); x",
            default(&types, space)
        )
    };
    let count = inputs.len();
    for (index, input) in signature.inputs.iter().enumerate() {
        text += &array(&format!("A{index}"), &inputs[index..=index]);
        text += &array(&format!("DA{index}"), &directions[index..=index]);
        let ty = types.of(&input.space);
        let made = made(&input.space, &format!("A{index}"), &format!("DA{index}[k]"));
        text += &format!(
            "fn a{index}<T: Scalar>(number: Number<'_, T>) -> {ty} {{ let mut {} }}\n",
            made.replacen("x = ", &format!("x: {ty} = "), 1)
        );
    }
    let made = made(&signature.output, "DH", "0");
    text += &format!(
        "fn dh<T: Scalar>(number: Number<'_, T>) -> Out<T> {{ let mut {} }}\n",
        made.replacen("x = ", "x: Out<T> = ", 1)
    );
    let lengths = |program: &Map| -> String {
        let mut axes: Vec<AxisId> =
            program.coefficients.iter().flat_map(|coefficient| coefficient.axes.iter().copied()).collect();
        axes.sort_unstable();
        axes.dedup();
        axes.retain(|&axis| !matches!(declaration.extents[axis.index()], Extent::Literal(_)));
        axes.iter().map(|&axis| sizes.of(axis).to_string()).collect::<Vec<_>>().join(", ")
    };
    let is_free = |program: &Map| program.has_arrays();
    let coefficients = |name: &str, program: &Map, structure: &str, numbers: &str, directions: &str| {
        let len = program.coefficients.len();
        let (ty, body) = if is_free(program) {
            let lengths = lengths(program);
            (
                format!("module::{structure}<T>"),
                format!(
                    "let mut x = module::{structure}::zeros({lengths}); let values: Vec<T> = {numbers}.iter().enumerate()\
                     .map(|(k, v)| number(k, *v, {directions})).collect(); x.copy_from_slice(&values).unwrap(); x"
                ),
            )
        } else {
            (format!("[T; {len}]"), format!("std::array::from_fn(|k| number(k, {numbers}[k], {directions}))"))
        };
        format!("fn {name}<T: Scalar>(number: Number<'_, T>) -> {ty} {{ {body} }}\n")
    };
    text += &coefficients("q", module, "Coefficients", "Q", "DQ[k]");
    text += &coefficients("di", ring, "Invariants", "DI", "0");

    let passed = |index: usize| if types.of(&signature.inputs[index].space) == "T" { "" } else { "&" };
    let args: Vec<String> = (0..count).map(|index| format!("{}a{index}", passed(index))).collect();
    let list = args.join(", ");
    let after = |before: &str| if args.is_empty() { before.to_owned() } else { format!("{before}, {list}") };
    let then = |after: &str| if args.is_empty() { after.to_owned() } else { format!("{list}, {after}") };
    let make = |number: &str| -> String {
        (0..count).map(|index| format!("let a{index} = self::a{index}({number}); ")).collect()
    };
    let dh_passed = if types.of(&signature.output) == "T" { "dh" } else { "&dh" };
    let out_view = view(&signature.output);
    let generics: String = declaration
        .generics
        .iter()
        .map(|generic| {
            let is_it = |extent: &Extent| matches!(extent, Extent::Const(other) if other == generic);
            format!("{}, ", sizes.0[declaration.extents.iter().position(is_it).unwrap()])
        })
        .collect();
    let q_field = if declaration.inputs.iter().any(|input| input == "q") { "coefficients" } else { "q" };
    let input_name = |index: usize| &declaration.inputs[index];
    text += &format!(
        "\npub fn check() {{\n    let fp: Number<'_, Fp> = &|_, v, _| Fp::new(v);\n    \
         let dual: Number<'_, Dual<Fp>> = &|_, v, d| Dual::new(Fp::new(v), Fp::new(d));\n    \
         assert_eq!((module::INVARIANTS, module::GENERATORS), ({}, {}));\n    \
         assert_eq!(module::basis().invariants.len(), module::INVARIANTS);\n    \
         assert_eq!(module::basis().len(), module::GENERATORS);\n    \
         let (q, di, dh) = (self::q(fp), self::di(fp), self::dh(fp)); {}\n    \
         let invariants = module::invariants::<{generics}Fp>({list});\n    \
         assert_eq!(invariants.to_vec(), fps(INVARIANTS), \"invariants of {{}}\", module::basis());\n    \
         let value: Out<Fp> = code::map({});\n    \
         assert_eq!(entries(&value{out_view}), fps(VALUE), \"value of {{}}\", module::basis());\n    \
         let gradient = module::assemble_gradient({}, {dh_passed});\n    \
         assert_eq!(module::coefficient_gradient({}, {dh_passed}), gradient.{q_field});\n",
        ring.members.len(),
        module.members.len(),
        make("fp"),
        after("&q"),
        after("&q"),
        after("&q"),
    );
    // Slopes along the direction, from dual numbers.
    text += &format!(
        "    let mut slope = inner(&gradient.{q_field}.to_vec(), &fps(DQ));\n{}    {{\n        \
         let q = self::q(dual); {}\n        let value: Out<Dual<Fp>> = code::map({});\n        \
         let slopes: Vec<Fp> = entries(&value{out_view}).iter().map(|entry| entry.eps).collect();\n        \
         assert_eq!(inner(&slopes, &fps(DH)), slope, \"slope of {{}}\", module::basis());\n    }}\n",
        (0..count)
            .map(|index| {
                let v = view(&signature.inputs[index].space);
                format!(
                    "    slope += inner(&entries(&gradient.{}{v}), &fps(DA{index}));\n",
                    input_name(index)
                )
            })
            .collect::<String>(),
        make("dual"),
        after("&q"),
    );
    if count > 0 {
        text += &format!(
            "    let back = module::invariants_gradient({});\n    let mut slope = Fp::ZERO;\n{}    {{\n        {}\n        \
             let values = module::invariants({list}).to_vec();\n        \
             let slopes: Vec<Fp> = values.iter().map(|value| value.eps).collect();\n        \
             assert_eq!(inner(&slopes, &fps(DI)), slope, \"slope of the invariants of {{}}\", module::basis());\n    }}\n",
            then("&di"),
            (0..count)
                .map(|index| {
                    let v = view(&signature.inputs[index].space);
                    format!(
                        "    slope += inner(&entries(&back.{}{v}), &fps(DA{index}));\n",
                        input_name(index)
                    )
                })
                .collect::<String>(),
            make("dual"),
        );
        text += &batches(&Batches {
            types: &types,
            generics: &generics,
            inputs: declaration.inputs.iter().map(ToString::to_string).collect(),
            list: &list,
            dh: dh_passed,
            q: q_field,
            fields: [module, ring].map(|program| {
                program.coefficients.iter().map(|coefficient| sizes.shape(&coefficient.axes)).collect()
            }),
        });
    }
    let has_run_time = declaration.extents.iter().any(|extent| matches!(extent, Extent::RunTime(_)));
    if count > 0 && (has_run_time || is_free(module) || is_free(ring)) {
        text += "    let mut workspace = module::Workspace::new();\n";
        if has_run_time || is_free(ring) {
            text += &format!(
                "    let mut again = invariants.clone();\n    module::invariants_into({}, &mut workspace, &mut again);\n    assert_eq!(again, invariants);\n    \
                 let mut again = back.clone();\n    module::invariants_gradient_into({}, &mut workspace, &mut again);\n    assert_eq!(again, back);\n",
                list,
                then("&di"),
            );
        }
        if has_run_time || is_free(module) {
            text += &format!(
                "    let mut again = value.clone();\n    module::assemble_into({}, &mut workspace, &mut again);\n    assert_eq!(again, value);\n",
                after("&q"),
            );
        }
    }
    text += "}\n";
    (code, text)
}

struct Batches<'a> {
    types: &'a Types<'a>,
    generics: &'a str,
    inputs: Vec<String>,
    list: &'a str,
    dh: &'a str,
    q: &'a str,
    /// The shapes of coefficients and of invariants.
    fields: [Vec<Vec<usize>>; 2],
}

/// Batches against single samples: entries of sample s are (s + 1) times those of the case.
fn batches(batches: &Batches<'_>) -> String {
    let Batches { types, generics, inputs, list, dh, q, fields } = batches;
    let signature = types.signature;
    let shape = |sizes: &[usize]| -> String {
        format!("[S{}]", sizes.iter().map(|size| format!(", {size}")).collect::<String>())
    };
    let of_space = |space: &eqt_ir::signature::Space| -> Vec<usize> {
        types.slots(space).iter().map(|&axis| types.sizes.of(axis)).collect()
    };
    // The arrays of coefficients: parts of the flat list of numbers.
    let parts = |shapes: &Vec<Vec<usize>>| -> Vec<(usize, Vec<usize>)> {
        if shapes.iter().all(Vec::is_empty) {
            return vec![(0, vec![shapes.len()])];
        }
        let mut start = 0;
        shapes
            .iter()
            .map(|shape| {
                let part = (start, shape.clone());
                start += shape.iter().product::<usize>();
                part
            })
            .collect()
    };
    let scaled = |constant: &str, start: usize, sizes: &[usize]| {
        let count = sizes.iter().product::<usize>();
        format!(
            "Array::from_shape_vec({}, (0..S * {count}).map(|k| Fp::new({constant}[{start} + k % {count}]) * \
             Fp::new((k / {count} + 1) as u64)).collect()).unwrap()",
            shape(sizes)
        )
    };
    let zeros = |sizes: &[usize]| format!("Array::from_elem({}, Fp::ZERO)", shape(sizes));
    let mut text = String::from("    {\n        const S: usize = 19;\n");
    let [q_parts, i_parts] = fields.each_ref().map(parts);
    let lists: Vec<(String, Vec<String>)> = vec![
        ("q".to_owned(), q_parts.iter().map(|(start, sizes)| scaled("Q", *start, sizes)).collect()),
        ("c".to_owned(), i_parts.iter().map(|(start, sizes)| scaled("DI", *start, sizes)).collect()),
        ("h".to_owned(), vec![scaled("DH", 0, &of_space(&signature.output))]),
        (
            "b".to_owned(),
            signature
                .inputs
                .iter()
                .enumerate()
                .map(|(index, input)| scaled(&format!("A{index}"), 0, &of_space(&input.space)))
                .collect(),
        ),
        ("dq".to_owned(), q_parts.iter().map(|(_, sizes)| zeros(sizes)).collect()),
        ("dr".to_owned(), q_parts.iter().map(|(_, sizes)| zeros(sizes)).collect()),
        ("i".to_owned(), i_parts.iter().map(|(_, sizes)| zeros(sizes)).collect()),
        ("v".to_owned(), vec![zeros(&of_space(&signature.output))]),
        ("da".to_owned(), signature.inputs.iter().map(|input| zeros(&of_space(&input.space))).collect()),
        ("db".to_owned(), signature.inputs.iter().map(|input| zeros(&of_space(&input.space))).collect()),
    ];
    for (name, values) in &lists {
        for (index, value) in values.iter().enumerate() {
            text += &format!("        let mut {name}{index} = {value};\n");
        }
    }
    let count = |name: &str| lists.iter().find(|(other, _)| other == name).unwrap().1.len();
    let views = |names: &[(&str, bool)]| -> String {
        let all = names.iter().flat_map(|(name, mutable)| {
            let view = if *mutable { "view_mut" } else { "view" };
            (0..count(name)).map(move |index| format!("{name}{index}.{view}()"))
        });
        all.collect::<Vec<_>>().join(", ")
    };
    for (function, names) in [
        ("batch_invariants", vec![("b", false), ("i", true)]),
        ("batch_invariants_gradient", vec![("b", false), ("c", false), ("da", true)]),
        ("batch", vec![("q", false), ("b", false), ("v", true)]),
        ("batch_coefficient_gradient", vec![("q", false), ("b", false), ("h", false), ("dr", true)]),
        ("batch_gradient", vec![("q", false), ("b", false), ("h", false), ("dq", true), ("db", true)]),
    ] {
        text += &format!("        module::{function}::<{generics}Fp>({}).unwrap();\n", views(&names));
    }
    text += &format!(
        "        let short = v0.slice_axis_mut(ndarray::Axis(0), ndarray::Slice::from(1..));\n        \
         assert!(module::batch::<{generics}Fp>({}, short).is_err());\n",
        views(&[("q", false), ("b", false)])
    );
    for index in 0..count("dq") {
        text += &format!("        assert_eq!(dq{index}, dr{index});\n");
    }
    let view = |space: &eqt_ir::signature::Space| if types.is_vec(space) { "[..]" } else { "" };
    // One sample of all arrays of a list, in a row.
    let row = |name: &str| -> String {
        let parts = (0..count(name)).map(|index| {
            format!("row.extend({name}{index}.index_axis(ndarray::Axis(0), s).iter().copied()); ")
        });
        format!("{{ let mut row: Vec<Fp> = Vec::new(); {}row }}", parts.collect::<String>())
    };
    let make: String =
        (0..inputs.len()).map(|index| format!("let a{index} = self::a{index}(sample); ")).collect();
    let in_row = |value: &str| -> String {
        let parts = inputs.iter().enumerate().map(|(index, name)| {
            format!("row.extend(entries(&{value}.{name}{})); ", view(&signature.inputs[index].space))
        });
        format!("{{ let mut row: Vec<Fp> = Vec::new(); {}row }}", parts.collect::<String>())
    };
    text += &format!(
        "        for s in 0..S {{\n            let sample: Number<'_, Fp> = &|_, v, _| Fp::new(v) * Fp::new(s as u64 + 1);\n            \
         let (q, di, dh) = (self::q(sample), self::di(sample), self::dh(sample)); {make}\n            \
         assert_eq!({}, module::invariants({list}).to_vec());\n            \
         let back = module::invariants_gradient({list}, &di);\n            assert_eq!({}, {});\n            \
         let value: Out<Fp> = code::map(&q, {list});\n            assert_eq!({}, entries(&value{}));\n            \
         let gradient = module::assemble_gradient(&q, {list}, {dh});\n            assert_eq!({}, gradient.{q}.to_vec());\n            \
         assert_eq!({}, {});\n        }}\n    }}\n",
        row("i"),
        row("da"),
        in_row("back"),
        row("v"),
        view(&signature.output),
        row("dq"),
        row("db"),
        in_row("gradient"),
    );
    text
}
